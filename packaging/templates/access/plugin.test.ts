import assert from 'node:assert/strict'
import { test } from 'node:test'
import { underTest } from 'gateway/testing'
import plugin from './plugin.ts'

const site = underTest(plugin, { directives: { my_plugin: '"open sesame"' } })

test('refuses who does not know the word', async () => {
  const { log, status } = await site.request()
  assert.equal(status, 403)
  assert.deepEqual(log, ['info: request without the word'])
})

test('lets in who does', async () => {
  // Nobody answers behind it here: that it comes so far is what counts.
  const { status } = await site.request({ target: '/x', headers: { 'X-Key': 'open sesame' } })
  assert.equal(status, 404)
})

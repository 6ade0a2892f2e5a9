import assert from 'node:assert/strict'
import { test } from 'node:test'
import { underTest } from 'gateway/testing'
import plugin from './plugin.ts'

test('answers with its text', async () => {
  const place = underTest(plugin, { directives: { my_plugin: '"hello $uri"' } })
  const { status, text } = await place.request({ target: '/ann' })
  assert.deepEqual([status, text], [200, 'hello /ann\n'])
})

test('takes nothing but GET and HEAD', async () => {
  const place = underTest(plugin, { directives: { my_plugin: 'hello' } })
  assert.equal((await place.request({ method: 'POST' })).status, 405)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { underTest } from 'gateway/testing'
import plugin from './plugin.ts'

const site = underTest(plugin, { directives: { my_plugin: 'bye' } })

test('puts its line below text', async () => {
  const { head, text } = await site.respond({ type: 'text/plain', body: 'hello\n' })
  assert.equal(text, 'hello\nbye\n')
  assert.equal(head?.length, 10)
})

test('leaves everything else alone', async () => {
  const { text } = await site.respond({ type: 'image/png', body: 'png' })
  assert.equal(text, 'png')
})

test('keeps the rules of filters, however a response comes', async () => {
  assert.deepEqual(await site.filterFaults({ type: 'text/plain', body: 'hello' }), [])
})

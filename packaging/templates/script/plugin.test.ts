import assert from 'node:assert/strict'
import { test } from 'node:test'
import { realGateway } from 'gateway/testing'
import script from './plugin.ts'

// The web API is the same here and there.
test('greets who is named', async () => {
  const answer = script.fetch(new Request('http://localhost/hello/ann'))
  assert.deepEqual(await answer.json(), { hello: 'ann', from: 'my-plugin' })
})

test('runs in the sandbox', async () => {
  const yaml =
    'http: { server: [{ listen: "127.0.0.1:%%PORT%%", location: { /: { script: ./plugin.ts } } }] }'
  await using gateway = await realGateway({ yaml, folder: import.meta.dirname })
  const answer = await fetch(`${gateway.url}/hello/ann`)
  assert.deepEqual(await answer.json(), { hello: 'ann', from: 'my-plugin' })
  assert.equal((await fetch(`${gateway.url}/hello`)).status, 404)
})

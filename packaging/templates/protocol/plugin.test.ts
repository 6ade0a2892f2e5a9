import assert from 'node:assert/strict'
import { test } from 'node:test'
import { underTest } from 'gateway/testing'
import { fakeRedis } from './fake-redis.ts'
import plugin from './plugin.ts'

test('answers with the value of a key', async (t) => {
  const redis = await fakeRedis({ greeting: 'hello' })
  t.after(redis.stop)
  const place = underTest(plugin, { directives: { my_plugin: redis.address } })
  assert.equal((await place.request({ target: '/greeting' })).text, 'hello')
  assert.equal((await place.request({ target: '/none' })).status, 404)
})

test('answers 502 where nobody is there', async () => {
  const place = underTest(plugin, { directives: { my_plugin: '127.0.0.1:1' } })
  const { log, status } = await place.request({ target: '/greeting' })
  assert.equal(status, 502)
  assert.match(log.join(), /redis: .*ECONNREFUSED/)
})

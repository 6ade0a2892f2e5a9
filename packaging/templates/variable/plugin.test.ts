import assert from 'node:assert/strict'
import { test } from 'node:test'
import { underTest } from 'gateway/testing'
import plugin from './plugin.ts'

const site = underTest(plugin)
const kindOf = (agent: string) =>
  plugin.variables?.my_plugin?.get(site.exchange({ headers: { 'User-Agent': agent } }))

test('tells phones from other devices', () => {
  assert.equal(kindOf('Mozilla/5.0 (Android 15; Mobile)'), 'mobile')
  assert.equal(kindOf('curl/8.0'), 'desktop')
  assert.equal(kindOf(''), 'desktop')
})

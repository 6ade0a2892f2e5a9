import assert from 'node:assert/strict'
import { test } from 'node:test'
import { underTest } from 'gateway/testing'
import plugin from './plugin.ts'

test('asks who has the least to do', async () => {
  const subject = underTest(plugin, { directives: { my_plugin: 'on' } })
  const { choose, peers } = subject.balancer([
    { name: '10.0.0.1:80' },
    { name: '10.0.0.2:80' },
    { name: '10.0.0.3:80', backup: true },
  ])
  const [first, second, backup] = peers
  assert.ok(first && second && backup)
  const x = subject.exchange()
  first.active = 2
  assert.equal(await choose(x, new Set()), second)
  assert.equal(await choose(x, new Set([second])), first)
  assert.equal(await choose(x, new Set([first, second])), backup)
})

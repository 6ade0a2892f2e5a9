import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test as always, expect } from 'vitest'
import { noteChosen, noteFailure, noteSuccess } from '../../../src/kernel/upstream/health.ts'
import type { Peer } from '../../../src/kernel/upstream/peer.ts'
import { SharedHealth } from '../../../src/kernel/upstream/shared-health.ts'
import { Worker } from '../../forward/driver.ts'
import { onCleanup } from '../../harness/cleanup.ts'
import { sqliteMissing } from '../../harness/sqlite-missing.ts'

const test = always.skipIf(sqliteMissing)

/** Two workers with the same upstream, whose health is shared by hand. */
async function twoWorkers() {
  const directory = mkdtempSync(join(tmpdir(), 'health-test-'))
  onCleanup(() => rmSync(directory, { recursive: true, force: true }))
  const warnings: string[] = []
  const workers = await Promise.all(
    [1, 2].map(async () => {
      const upstream = await new Worker().upstream([
        { name: '127.0.0.1:8001', maxFails: 2 },
        '127.0.0.1:8002',
      ])
      const shared = new SharedHealth(directory, (text) => warnings.push(text))
      onCleanup(() => shared.close())
      return { upstream, shared, health: shared.of(upstream), peer: upstream.list[0] as Peer }
    }),
  )
  const [one, other] = workers
  if (!one || !other) throw new Error('no workers')
  return { one, other, directory, warnings }
}

test('failures of all workers count together', async () => {
  const { one, other, warnings } = await twoWorkers()
  const now = Date.now()
  expect(noteFailure(one.peer, now, one.health)).toBe(false)
  expect(noteFailure(other.peer, now, other.health)).toBe(true)
  expect(one.peer.failedOut(now)).toBe(false)
  one.shared.look()
  expect(one.peer.failedOut(now)).toBe(true)
  expect(warnings).toEqual([])
})

test('a peer that works again works for all', async () => {
  const { one, other } = await twoWorkers()
  const now = Date.now()
  noteFailure(one.peer, now, one.health)
  noteFailure(one.peer, now, one.health)
  other.shared.look()
  expect(other.peer.failedOut(now)).toBe(true)
  noteChosen(other.peer, now + 10_001, other.health)
  one.shared.look()
  // The other worker tries it now; one try is enough.
  expect(one.peer.failedOut(now + 10_002)).toBe(true)
  noteSuccess(other.peer, other.health)
  one.shared.look()
  expect(one.peer.failedOut(now + 10_002)).toBe(false)
})

test('nothing is written as long as nothing changes', async () => {
  const { one, directory } = await twoWorkers()
  noteChosen(one.peer, Date.now(), one.health)
  noteSuccess(one.peer, one.health)
  one.shared.look()
  expect(readdirSync(directory)).toEqual([])
})

test('a worker that starts later knows what the others know', async () => {
  const { one, directory } = await twoWorkers()
  noteFailure(one.peer, Date.now(), one.health)
  const upstream = await new Worker().upstream([
    { name: '127.0.0.1:8001', maxFails: 2 },
    '127.0.0.1:8002',
  ])
  const late = new SharedHealth(directory, () => undefined)
  onCleanup(() => late.close())
  late.of(upstream)
  late.look()
  expect(upstream.list[0]?.fails).toBe(1)
})

always('workers that cannot share warn once and count for themselves', async () => {
  const warnings: string[] = []
  const upstream = await new Worker().upstream(['127.0.0.1:8001', '127.0.0.1:8002'])
  const shared = new SharedHealth('/nonexistent/directory', (text) => warnings.push(text))
  onCleanup(() => shared.close())
  const health = shared.of(upstream)
  const [peer] = upstream.list as [Peer]
  expect(noteFailure(peer, Date.now(), health)).toBe(true)
  expect(noteFailure(peer, Date.now(), health)).toBe(true)
  expect(peer.fails).toBe(2)
  expect(warnings).toHaveLength(1)
  expect(warnings[0]).toMatch(/^health of upstreams is not shared between workers: /)
})

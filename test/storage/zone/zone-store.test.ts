import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test as always, expect } from 'vitest'
import { isBusy } from '../../../src/storage/zone/open-database.ts'
import { createZoneDirectory } from '../../../src/storage/zone/zone-directory.ts'
import { type Zone, ZoneStore } from '../../../src/storage/zone/zone-store.ts'
import { onCleanup } from '../../harness/cleanup.ts'
import { sqliteMissing } from '../../harness/sqlite-missing.ts'

const test = always.skipIf(sqliteMissing)

function directory(): string {
  const made = mkdtempSync(join(tmpdir(), 'zone-test-'))
  onCleanup(() => rmSync(made, { recursive: true, force: true }))
  return made
}

function open(where: string): ZoneStore {
  const store = ZoneStore.open(where)
  onCleanup(() => store.close())
  return store
}

test('keeps records by zone and key', () => {
  const where = directory()
  const zone = open(where).zone('a')
  expect(zone.get('k')).toBeUndefined()
  expect(zone.update('k', (before) => `${before ?? 'none'}+`)).toBe('none+')
  expect(zone.update('k', (before) => `${before}+`)).toBe('none++')
  expect(open(where).zone('a').get('k')).toBe('none++')
  expect(open(where).zone('b').get('k')).toBeUndefined()
  expect(zone.update('k', () => undefined)).toBeUndefined()
  expect(zone.get('k')).toBeUndefined()
})

test('counts', () => {
  const zone = open(directory()).zone('a')
  expect(zone.add('n', 2)).toBe(2)
  expect(zone.add('n', 3)).toBe(5)
  zone.delete('n')
  expect(zone.add('n', 1)).toBe(1)
})

test('forgets what has expired', async () => {
  const zone = open(directory()).zone('a')
  zone.update('short', () => 'x', 20)
  zone.update('long', () => 'y')
  expect(zone.entries()).toEqual([
    ['long', 'y'],
    ['short', 'x'],
  ])
  await new Promise((resolve) => setTimeout(resolve, 25))
  expect(zone.get('short')).toBeUndefined()
  expect(zone.entries()).toEqual([['long', 'y']])
  expect(zone.add('short', 1)).toBe(1)
})

test('knows when another one has written', () => {
  const where = directory()
  const one = open(where)
  const other = open(where)
  expect(one.changed()).toBe(false)
  one.zone('a').add('n', 1)
  expect(one.changed()).toBe(false)
  expect(other.changed()).toBe(true)
  expect(other.changed()).toBe(false)
})

test('the directory belongs to one account alone', () => {
  const where = createZoneDirectory()
  onCleanup(() => rmSync(where, { recursive: true, force: true }))
  delete process.env.GATEWAY_ZONES
  expect(statSync(where).mode & 0o777).toBe(0o700)
})

/** Counts to `times` in a process of its own; `undefined` counts until it is killed. */
function counter(where: string, key: string, times: number): ChildProcess {
  const source = fileURLToPath(new URL('../../../src/storage/zone/zone-store.ts', import.meta.url))
  const code = `
    const { ZoneStore } = await import(${JSON.stringify(source)})
    const zone = ZoneStore.open(${JSON.stringify(where)}).zone('a')
    // On a busy machine others may hold the lock for longer than an update waits for it.
    const add = (key) => {
      for (;;) {
        try {
          return zone.add(key, 1)
        } catch (error) {
          if (!String(error.code).startsWith('SQLITE_BUSY')) throw error
        }
      }
    }
    for (let i = 0; i < ${times}; i++) {
      add('n')
      if (${JSON.stringify(key)}) add(${JSON.stringify(key)})
    }
    console.log('counted')`
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onCleanup(() => {
    child.kill('SIGKILL')
  })
  return child
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => child.on('exit', () => resolve()))
}

test('updates of several processes are all counted', async () => {
  const where = directory()
  await Promise.all([1, 2, 3].map(() => ended(counter(where, '', 2000))))
  expect(open(where).zone('a').get('n')).toBe('6000')
}, 30_000)

/** Others that hold the lock for long, on a busy machine, are told from those that hold it for ever. */
function addPatiently(zone: Zone): void {
  for (let tries = 1; ; tries++) {
    try {
      zone.add('n', 0)
      return
    } catch (error) {
      if (!isBusy(error) || tries === 100) throw error
    }
  }
}

test('a process killed in the middle neither blocks the others nor breaks the count', async () => {
  const where = directory()
  const store = open(where)
  const zone = store.zone('a')
  for (let round = 0; round < 3; round++) {
    const killed = [1, 2].map((n) => counter(where, `killed ${round} ${n}`, 1e9))
    const finishes = ended(counter(where, '', 500))
    const begun = zone.get('n')
    while (zone.get('n') === begun) await new Promise((resolve) => setTimeout(resolve, 5))
    for (const child of killed) {
      const over = ended(child)
      child.kill('SIGKILL')
      await over
      // Opened at once, as a worker that takes the dead one's place would.
      addPatiently(open(where).zone('a'))
    }
    await finishes
  }
  const counted = zone
    .entries()
    .filter(([key]) => key !== 'n')
    .reduce((sum, [, value]) => sum + Number(value), 0)
  const total = Number(zone.get('n'))
  // Each killed process may have stopped between its two updates.
  expect(total - counted - 1500).toBeGreaterThanOrEqual(0)
  expect(total - counted - 1500).toBeLessThanOrEqual(6)
}, 60_000)

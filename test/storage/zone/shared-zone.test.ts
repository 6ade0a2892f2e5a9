import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, test as always, expect, vi } from 'vitest'
import { RecordStore } from '../../../src/storage/zone/record-store.ts'
import { SharedZone, type ZoneKind } from '../../../src/storage/zone/shared-zone.ts'
import { onCleanup } from '../../harness/cleanup.ts'
import { sqliteMissing } from '../../harness/sqlite-missing.ts'

const test = always.skipIf(sqliteMissing)

const RECORDS: ZoneKind = { use: 'test', keeps: 'records', overhead: 80 }
const HOLDS: ZoneKind = { use: 'held', keeps: 'holds', overhead: 36 }
/** The least there is: seven pages of which six hold 32 records each. */
const SMALL = 32_768
const SMALL_HOLDS = 192

let names = 0

/** A zone in this process's memory. */
function zoneOf(kind: ZoneKind, size = SMALL): SharedZone {
  const zone = new SharedZone(`z${names++}`, kind)
  zone.size = size
  return zone
}

afterEach(() => {
  vi.useRealTimers()
})

test('keeps records, whatever bytes their keys have', () => {
  const zone = zoneOf(RECORDS)
  const keys = ['a', '\0\0\0\x01', '\0\0\0\x02', 'é', '']
  for (const key of keys) expect(zone.update(key, (before) => `${before}+${key}`)).toBe('kept')
  for (const key of keys) expect(zone.get(key)).toBe(`undefined+${key}`)
  expect(zone.update('a', () => undefined)).toBe('kept')
  expect(zone.get('a')).toBeUndefined()
  expect(zone.usage.records).toBe(4)
})

test('counts, and leaves alone what does not change', () => {
  const zone = zoneOf(RECORDS)
  expect([zone.add('n', 2), zone.add('n', 3)]).toEqual([2, 5])
  const seen: (string | undefined)[] = []
  zone.update('n', (before) => {
    seen.push(before)
    return before
  })
  expect(seen).toEqual(['5'])
  expect(zone.get('n')).toBe('5')
})

test('records expire', () => {
  vi.useFakeTimers({ toFake: ['Date', 'performance'] })
  const zone = zoneOf(RECORDS)
  zone.update('a', () => 'x', 1000)
  vi.advanceTimersByTime(999)
  expect(zone.get('a')).toBe('x')
  vi.advanceTimersByTime(1)
  expect(zone.get('a')).toBeUndefined()
  expect(zone.add('a', 1, 1000)).toBe(1)
})

test('what throws inside a change leaves everything as it was', () => {
  const zone = zoneOf(RECORDS)
  zone.add('a', 1)
  const thrower = () => {
    throw new Error('on purpose')
  }
  for (const key of ['a', 'new']) expect(() => zone.update(key, thrower)).toThrow('on purpose')
  expect(() => zone.together(() => zone.add('a', 1) && thrower())).toThrow('on purpose')
  expect(zone.add('a', 1)).toBe(2)
  expect(zone.usage.records).toBe(1)
})

test('in a full zone the oldest record makes room, and one that is used stays', () => {
  vi.useFakeTimers({ toFake: ['Date', 'performance'] })
  const zone = zoneOf(RECORDS)
  let made = 0
  while (zone.usage.records === made) {
    vi.advanceTimersByTime(2000)
    zone.add(`k${made++}`, 1)
    zone.add('k0', 1)
  }
  expect(zone.usage.records).toBe(made - 1)
  expect(zone.get('k1')).toBeUndefined()
  expect(zone.get('k0')).toBe(String(made + 1))
  expect(zone.get('k2')).toBe('1')
  expect(zone.usage.bytes).toBeLessThanOrEqual(SMALL)
})

test('expired records make room before one that is alive', () => {
  vi.useFakeTimers({ toFake: ['Date', 'performance'] })
  const zone = zoneOf(RECORDS)
  zone.add('short', 1, 1000)
  vi.advanceTimersByTime(1)
  zone.add('long', 1)
  vi.advanceTimersByTime(1000)
  zone.add('new', 1)
  expect(zone.usage.records).toBe(2)
  expect(zone.get('long')).toBe('1')
})

test('a record that fits nowhere is refused', () => {
  const zone = zoneOf(RECORDS)
  zone.add('a', 1)
  expect(zone.update('x'.repeat(40_000), () => 'big')).toBe('full')
  expect(zone.add('x'.repeat(40_000), 1)).toBe('full')
})

test('a full zone of holds refuses new keys, and goes on with those it has', () => {
  const zone = zoneOf(HOLDS)
  const held = []
  for (let i = 0; ; i++) {
    const hold = zone.hold(`k${i}`, 1)
    if (typeof hold === 'string') {
      expect(hold).toBe('full')
      break
    }
    held.push(hold)
  }
  expect(held.length).toBeGreaterThanOrEqual(SMALL_HOLDS)
  expect(zone.hold('k0', 1)).toBe('most')
  held[1]?.release()
  held[1]?.release()
  expect(zone.held('k1')).toBe(0)
  expect(zone.hold('other', 1)).toBeTypeOf('object')
})

/** A process with the zone of a directory, which runs `code`. */
function worker(directory: string, code: string): ChildProcess {
  const source = fileURLToPath(new URL('../../../src/storage/zone/shared-zone.ts', import.meta.url))
  const script = `
    const { SharedZone } = await import(${JSON.stringify(source)})
    const zoneOf = (kind) => {
      const zone = new SharedZone('shared', kind)
      zone.size = ${SMALL}
      return zone
    }
    const records = zoneOf(${JSON.stringify(RECORDS)})
    const holds = zoneOf(${JSON.stringify(HOLDS)})
    ${code}`
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, GATEWAY_ZONES: directory },
  })
  onCleanup(() => {
    child.kill('SIGKILL')
  })
  return child
}

function said(child: ChildProcess): Promise<string> {
  return new Promise((resolve) =>
    child.stdout?.once('data', (text) => resolve(String(text).trim())),
  )
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => child.once('exit', () => resolve()))
}

function directory(): string {
  const made = mkdtempSync(join(tmpdir(), 'zone-test-'))
  onCleanup(() => rmSync(made, { recursive: true, force: true }))
  return made
}

/** What a process of its own sees, which is gone then. */
async function look(where: string, what: string): Promise<string> {
  const child = worker(where, `console.log(${what})`)
  const [text] = await Promise.all([said(child), ended(child)])
  return text
}

const PATIENT = `
  const add = (key) => {
    while (typeof records.add(key, 1) !== 'number');
  }`

test('four processes lose no update, be the record new or known', async () => {
  const where = directory()
  const work = `${PATIENT}
    for (let i = 0; i < 500; i++) {
      add('n')
      add('k' + (i % 50))
    }`
  await Promise.all([1, 2, 3, 4].map(() => ended(worker(where, work))))
  expect(await look(where, `records.get('n') + ' ' + records.get('k7')`)).toBe('2000 40')
}, 40_000)

test('a limit of holds is exact across processes, and the dead hold nothing', async () => {
  const where = directory()
  const greedy = `
    let got = 0
    for (let i = 0; i < 40; i++) {
      let hold
      do hold = holds.hold('k', 25)
      while (hold === 'busy')
      if (typeof hold === 'object') got++
    }
    console.log(got)
    setInterval(() => {}, 1000)`
  const children = [1, 2, 3, 4].map(() => worker(where, greedy))
  const got = await Promise.all(children.map(async (child) => Number(await said(child))))
  expect(got.reduce((sum, each) => sum + each, 0)).toBe(25)
  const winner = children[got.indexOf(Math.max(...got))] as ChildProcess
  const over = ended(winner)
  winner.kill('SIGKILL')
  await over
  const freed = Math.max(...got)
  expect(Number(await said(worker(where, greedy)))).toBe(freed)
}, 40_000)

test('killed processes leave a zone in order', async () => {
  const where = directory()
  const endless = `${PATIENT}
    console.log('begun')
    for (let i = 0; ; i++) {
      add('k' + (i % 400))
      holds.hold('h' + (i % 9), 1000)
    }`
  for (let round = 0; round < 2; round++) {
    const children = [worker(where, endless), worker(where, endless)]
    await Promise.all(children.map(said))
    const over = children.map(ended)
    for (const child of children) child.kill('SIGKILL')
    await Promise.all(over)
  }
  const sums = `(() => {
    holds.open()
    const { records: count, bytes } = records.usage
    return [count === records.entries().length, bytes === count * 128, holds.usage.records].join()
  })()`
  expect(await look(where, sums)).toBe('true,true,0')
}, 40_000)

test('zones that no living process uses are emptied', async () => {
  const where = directory()
  const other = worker(
    where,
    `records.add('a', 1); console.log('begun'); setInterval(() => {}, 1000)`,
  )
  await said(other)
  const store = RecordStore.open(where)
  onCleanup(() => store.close())
  store.dropUnused()
  expect(await look(where, `records.get('a')`)).toBe('1')
  const over = ended(other)
  other.kill('SIGKILL')
  await over
  store.dropUnused()
  expect(await look(where, `records.get('a')`)).toBe('undefined')
}, 20_000)

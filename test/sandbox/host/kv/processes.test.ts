import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Database } from 'better-sqlite3'
import { test as always, describe, expect, onTestFinished } from 'vitest'
import { KV_LIMITS } from '../../../../sandbox/host/kv/kv-limits.ts'
import { KvNamespace } from '../../../../sandbox/host/kv/kv-namespace.ts'
import { sqliteMissing } from '../../../harness/sqlite-missing.ts'
import { folder } from './folder.ts'
import { isWhole, patternOf } from './pattern.ts'

const test = always.skipIf(sqliteMissing)

const CHILD = fileURLToPath(new URL('child.ts', import.meta.url))

interface Writer {
  readonly process: ChildProcess
  /** How many entries it has said to have stored. */
  stored(): number
  /** Resolves when it has stored so many. */
  until(count: number): Promise<void>
  readonly done: Promise<unknown>
}

function writer(file: string, name: string, count: number): Writer {
  const child = spawn(process.execPath, ['--import', 'tsx', CHILD, file, name, String(count)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let stored = 0
  const waiting: { readonly count: number; readonly reached: () => void }[] = []
  createInterface(child.stdout).on('line', (line) => {
    if (line === 'open') return
    stored = Number(line) + 1
    for (const each of waiting) if (stored >= each.count) each.reached()
  })
  return {
    process: child,
    stored: () => stored,
    until: (count) => new Promise((reached) => waiting.push({ count, reached })),
    done: once(child, 'close'),
  }
}

async function names(namespace: KvNamespace): Promise<string[]> {
  const found: string[] = []
  let after: Buffer | undefined
  do {
    const page = namespace.list(Buffer.alloc(0), after, 1000)
    found.push(...page.entries.map(({ key }) => key.toString()))
    after = page.next
  } while (after)
  return found
}

/** Everything in the file is whole, and counted as what it is. */
function checkFile(file: string): void {
  const Sqlite = createRequire(import.meta.url)('better-sqlite3')
  const database: Database = new Sqlite(file)
  expect(database.pragma('integrity_check', { simple: true })).toBe('ok')
  expect(database.prepare('SELECT entries, bytes FROM usage').get()).toEqual(
    database
      .prepare(
        `SELECT count(*) entries, ifnull(sum(length(key) + ifnull(length(metadata), 0) + length(value)), 0)
         + (SELECT ifnull(sum(length(bytes)), 0) FROM piece) bytes FROM entry`,
      )
      .get(),
  )
  const stray = `SELECT count(*) FROM piece WHERE version NOT IN
    (SELECT version FROM entry WHERE version IS NOT NULL UNION SELECT id FROM version)`
  expect(database.prepare(stray).pluck().get()).toBe(0)
  database.close()
}

describe('several processes', () => {
  test('that make and fill the same file at once lose nothing of each other', async () => {
    const file = join(folder(), 'shared.kv')
    const writers = ['a', 'b', 'c', 'd'].map((name) => writer(file, name, 40))
    const codes = await Promise.all(writers.map(({ done }) => done))
    expect(codes).toEqual([
      [0, null],
      [0, null],
      [0, null],
      [0, null],
    ])
    const namespace = new KvNamespace(file, KV_LIMITS)
    expect(await names(namespace)).toHaveLength(4 * 40 + 1)
    for (const name of ['a', 'b', 'c', 'd']) {
      for (let i = 0; i < 40; i++) {
        const found = await namespace.get(Buffer.from(`${name}-${i}`))
        expect(found?.value.equals(patternOf(name, i)), `${name}-${i}`).toBe(true)
      }
    }
    await namespace.sweep()
    namespace.close()
    checkFile(file)
  })

  test('see at once what another has put', async () => {
    const file = join(folder(), 'shared.kv')
    const namespace = new KvNamespace(file, KV_LIMITS)
    const other = writer(file, 'a', 1_000_000)
    await other.until(5)
    expect((await namespace.get(Buffer.from('a-4')))?.value.equals(patternOf('a', 4))).toBe(true)
    for (let i = 0; i < 50; i++) {
      const shared = await namespace.get(Buffer.from('shared'))
      expect(shared && isWhole(shared.value)).toBe(true)
    }
    namespace.close()
  })
})

describe('a process that is killed while it writes', () => {
  test.each([1, 6, 11, 20, 33])(
    'after %i entries tears nothing and loses nothing',
    async (count) => {
      const file = join(folder(), 'shared.kv')
      const other = writer(file, 'b', 1_000_000)
      const one = writer(file, 'a', 1_000_000)
      await Promise.all([one.until(count), other.until(1)])
      one.process.kill('SIGKILL')
      await one.done
      const stored = one.stored()

      // The other one goes on, and a new one opens what the killed one has left.
      const before = other.stored()
      await other.until(before + 3)
      other.process.kill('SIGKILL')
      await other.done
      const namespace = new KvNamespace(file, KV_LIMITS)
      for (let i = 0; i < stored; i++) {
        const found = await namespace.get(Buffer.from(`a-${i}`))
        expect(found?.value.equals(patternOf('a', i)), `a-${i}`).toBe(true)
      }
      for (const name of await names(namespace)) {
        const found = await namespace.get(Buffer.from(name))
        expect(found && isWhole(found.value), name).toBe(true)
      }
      namespace.close()
      checkFile(file)

      // Pieces of values that were never finished are swept in time.
      const later = new KvNamespace(file, KV_LIMITS, () => Date.now() + 60 * 60 * 1000)
      await later.sweep()
      later.close()
      checkFile(file)
    },
  )
})

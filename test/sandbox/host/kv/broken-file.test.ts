import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { test as always, expect } from 'vitest'
import { KV_LIMITS } from '../../../../sandbox/host/kv/kv-limits.ts'
import { KvNamespace } from '../../../../sandbox/host/kv/kv-namespace.ts'
import { KvStore } from '../../../../sandbox/host/kv/kv-store.ts'
import { sqliteMissing } from '../../../harness/sqlite-missing.ts'
import { folder } from './folder.ts'

const test = always.skipIf(sqliteMissing)

const NO_OPTIONS = { expires: undefined, metadata: undefined }

/** A file with enough in it that it has many pages. */
async function filled(): Promise<string> {
  const file = join(folder(), 'test.kv')
  const namespace = new KvNamespace(file, KV_LIMITS)
  for (let i = 0; i < 500; i++) {
    await namespace.put(Buffer.from(`key ${i}`), Buffer.alloc(1000, i), NO_OPTIONS)
  }
  await namespace.put(Buffer.from('large'), Buffer.alloc(1_000_000), NO_OPTIONS)
  namespace.close()
  return file
}

/** What using every part of it is refused with; undefined where all of it still works. */
async function refusals(file: string): Promise<Set<unknown>> {
  const found = new Set<unknown>()
  const attempt = async (work: () => unknown) => {
    try {
      return await work()
    } catch (error) {
      found.add((error as { code?: unknown }).code)
      return undefined
    }
  }
  const namespace = (await attempt(() => new KvNamespace(file, KV_LIMITS))) as
    | KvNamespace
    | undefined
  if (namespace === undefined) return found
  for (let i = 0; i < 500; i++) await attempt(() => namespace.get(Buffer.from(`key ${i}`)))
  await attempt(() => namespace.get(Buffer.from('large')))
  await attempt(() => namespace.put(Buffer.from('new'), Buffer.alloc(300_000), NO_OPTIONS))
  await attempt(() => namespace.put(Buffer.from('key 250'), Buffer.alloc(10), NO_OPTIONS))
  await attempt(() => namespace.delete(Buffer.from('key 400')))
  await attempt(() => namespace.list(Buffer.alloc(0), undefined, 1000))
  await attempt(() => namespace.sweep())
  namespace.close()
  return found
}

test('a whole file works', async () => {
  expect(await refusals(await filled())).toEqual(new Set())
})

test.each([
  ['is no database', (file: string) => writeFileSync(file, 'hello '.repeat(2000))],
  ['has lost its end', (file: string) => truncateSync(file, 40_960)],
  ['has lost all but a bit', (file: string) => truncateSync(file, 50)],
  [
    'has other bytes in the middle',
    (file: string) => writeFileSync(file, readFileSync(file).fill(0xa5, 4096, 600_000)),
  ],
  [
    'is of another program',
    (file: string) => {
      const Sqlite = createRequire(import.meta.url)('better-sqlite3')
      writeFileSync(file, '')
      new Sqlite(file).exec('CREATE TABLE other (a)').close()
    },
  ],
])('a file that %s is refused, and nothing else happens', async (_, spoil) => {
  const file = await filled()
  spoil(file)
  expect(await refusals(file)).toEqual(new Set(['kv_unavailable']))
})

test('a store says of what it cannot open that it cannot, and why in the detail only', () => {
  const path = folder()
  mkdirSync(join(path, 'taken.kv'))
  writeFileSync(join(path, 'file'), '')
  const store = new KvStore(path)
  const bad = (work: () => unknown) => {
    try {
      return work()
    } catch (error) {
      expect(String((error as Error).message)).not.toContain(path)
      return (error as { code?: unknown }).code
    }
  }
  expect(bad(() => store.namespace('taken'))).toBe('kv_unavailable')
  for (const name of ['', '../other', 'a/b', 'A', 'a.b', '-a', 'x'.repeat(65), 'a\0']) {
    expect(
      bad(() => store.namespace(name)),
      name,
    ).toBe('kv_unavailable')
  }
  expect(bad(() => new KvStore(join(path, 'file', 'in')).namespace('a'))).toBe('kv_unavailable')
  expect(store.namespace('good')).toBe(store.namespace('good'))
  store.close()
})

import { describe, expect, test } from 'vitest'
import { addedPermissions } from '../../src/packages/manifest/permissions.ts'
import { type Locked, lockText, readLock } from '../../src/packages/store/lock.ts'
import { usedPackages } from '../../src/packages/used.ts'
import { onCleanup } from '../harness/cleanup.ts'
import { Workspace } from '../harness/workspace.ts'

const LOCKED: Locked = {
  version: '1.0.0',
  source: './hello',
  resolved: 'file:./hello',
  files: 'sha256-aaaa',
  bundle: 'sha256-bbbb',
  bundler: 'esbuild 1',
  plugin: 'hello',
  engine: '>=0.1.0',
  apiVersion: 1,
  isolation: 'native',
  order: { access: ['after:real-ip'] },
  permissions: { env: ['A', 'B'] },
}

function folder(text?: string): string {
  const workspace = new Workspace('lock')
  onCleanup(() => workspace.remove())
  if (text !== undefined) workspace.write('gateway.lock', text)
  return workspace.dir
}

describe('gateway.lock', () => {
  test('is read as it was written, in one order', () => {
    const lock = new Map([
      ['b', LOCKED],
      ['@acme/a', { ...LOCKED, integrity: 'sha512-cccc' }],
    ])
    const text = lockText(lock)
    const read = readLock(folder(text))
    expect([...read.keys()]).toEqual(['@acme/a', 'b'])
    expect(lockText(read)).toBe(text)
    expect(read.get('b')).toEqual(LOCKED)
  })

  test('that is not there means that nothing is installed', () => {
    expect(readLock(folder()).size).toBe(0)
  })

  test.each([
    ['is not JSON', '<<<<<<< HEAD', /gateway\.lock: is not JSON .*; restore it from your version/],
    ['is of another gateway', '{"lockVersion":2,"plugins":{}}', /"lockVersion" is not 1/],
    ['lacks a hash', withOut('bundle'), /"plugins\.b\.bundle" is missing/],
    ['names a path', lockText(new Map([['../../x', LOCKED]])), /"\.\.\/\.\.\/x" is no name/],
    [
      'has a version that is a path',
      lockText(new Map([['b', { ...LOCKED, version: '../x' }]])),
      /version/,
    ],
  ])('that %s is refused', (_, text, fault) => {
    expect(() => readLock(folder(text))).toThrow(fault)
  })
})

function withOut(field: keyof Locked): string {
  const { [field]: _, ...rest } = LOCKED
  return lockText(new Map([['b', rest as Locked]]))
}

test('more permissions are those that were not granted before', () => {
  expect(addedPermissions({ net: ['a'], env: ['*'] }, { net: ['a', 'b'], env: ['X'] })).toEqual({
    net: ['b'],
  })
  expect(addedPermissions({}, { native: true, subrequest: false })).toEqual({ native: true })
  expect(addedPermissions({ net: ['a'], native: true }, { net: ['a'] })).toEqual({})
  expect(addedPermissions({ net: ['a'] }, { net: ['*'] })).toEqual({ net: ['*'] })
})

describe('the plugins a configuration uses', () => {
  const lock = new Map<string, Locked>([
    [
      '@acme/a',
      { ...LOCKED, plugin: 'a', words: ['a_rate', 'a_left'], order: { access: ['after:b'] } },
    ],
    ['b', { ...LOCKED, plugin: 'b', words: ['b_word'], order: { access: ['after:c'] } }],
    ['c', { ...LOCKED, plugin: 'c', words: ['c_word'], order: {} }],
    ['d', { ...LOCKED, plugin: 'd', words: ['d_word'], order: {} }],
  ])
  const used = (text: string, ...named: readonly string[]) => {
    return [...usedPackages(lock, { texts: ['http: {}', text], named })].sort()
  }

  test('are those of whose words one is written, and those these are ordered around', () => {
    expect(used('location: { /: { return: 200 } }')).toEqual([])
    expect(used('d_word: 1')).toEqual(['d'])
    expect(used('d_words: 1')).toEqual([])
    expect(used('return: "200 $a_left"')).toEqual(['@acme/a', 'b', 'c'])
    expect(used('', 'b')).toEqual(['b', 'c'])
  })

  test('are all where a word may be written otherwise, and always those that say so', () => {
    expect(used('"\\x64_word": 1')).toEqual(['@acme/a', 'b', 'c', 'd'])
    const { words: _, ...always } = LOCKED
    expect([...usedPackages(new Map([['e', always]]), { texts: [''], named: [] })]).toEqual(['e'])
  })
})

import { join } from 'node:path'
import { test as always, describe, expect, onTestFinished } from 'vitest'
import { KvOp } from '../../../../sandbox/border/ops.ts'
import { KV_LIMITS, type KvLimits } from '../../../../sandbox/host/kv/kv-limits.ts'
import { KvNamespace, PIECE } from '../../../../sandbox/host/kv/kv-namespace.ts'
import { KvSession } from '../../../../sandbox/host/kv/kv-session.ts'
import { kvOps } from '../../../../sandbox/host/kv-ops.ts'
import { sqliteMissing } from '../../../harness/sqlite-missing.ts'
import { folder } from './folder.ts'

const test = always.skipIf(sqliteMissing)

interface Put {
  readonly expiration?: number
  readonly ttl?: number
  readonly metadata?: string
}

/** A script's way to one namespace, through the ops it has for it. */
function script(limits: Partial<KvLimits> = {}) {
  const clock = { now: 1_700_000_000_000 }
  const spent: number[] = []
  const now = () => clock.now
  const all = { ...KV_LIMITS, ...limits }
  const namespace = new KvNamespace(join(folder(), 'test.kv'), all, now)
  onTestFinished(() => namespace.close())
  const session = new KvSession([() => namespace], all, (cost) => spent.push(cost), now)
  const ops = kvOps(session)
  const get = async (key: string) => {
    const found = (await ops(KvOp.get, 0, key, 'text')) as string | undefined
    return found?.slice(found.indexOf('\n') + 1)
  }
  const put = async (key: string, value: string | Uint8Array, more: Put = {}) => {
    const { expiration = '', ttl = '', metadata = '' } = more
    await ops(KvOp.put, 0, `${expiration}\n${ttl}\n${metadata}\n${key}`, value)
  }
  const list = (prefix = '', limit: number | string = 1000, cursor = '') => {
    return JSON.parse(String(ops(KvOp.list, 0, `${limit}\n${cursor}\n${prefix}`, undefined)))
  }
  const names = (...args: Parameters<typeof list>) => {
    return list(...args).keys.map(({ name }: { name: string }) => name) as string[]
  }
  const code = (work: () => unknown) => {
    return (async () => work())().then(
      () => 'none',
      (error) => error.code ?? String(error),
    )
  }
  const remove = async (key: string) => ops(KvOp.delete, 0, key, undefined)
  return { clock, spent, namespace, ops, get, put, remove, list, names, code }
}

describe('a value', () => {
  test('is there after it was put, and gone after it was deleted', async () => {
    const { get, put, remove } = script()
    expect(await get('a')).toBeUndefined()
    await put('a', 'one')
    await put('a', 'two')
    expect(await get('a')).toBe('two')
    await remove('a')
    await remove('a')
    expect(await get('a')).toBeUndefined()
  })

  test.each([0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 3 * PIECE + 7])(
    'of %i bytes comes back byte for byte',
    async (size) => {
      const { ops, put } = script()
      const value = Buffer.from(Array.from({ length: size }, (_, i) => (i * 31) % 256))
      await put('a', value, { metadata: '{"ü":1}' })
      const got = (await ops(KvOp.get, 0, 'a', 'bytes')) as Uint8Array
      expect(Buffer.compare(got, Buffer.concat([Buffer.from('{"ü":1}\n'), value]))).toBe(0)
    },
  )

  test('can replace a larger one, and a smaller one', async () => {
    const { get, put } = script()
    const large = 'x'.repeat(3 * PIECE)
    for (const value of ['small', large, 'other', `${large}y`, large]) {
      await put('a', value)
      expect(await get('a')).toBe(value)
    }
  })

  test('that is large does not keep the loop from turning', async () => {
    const { namespace, put, get } = script()
    let turns = 0
    const turn = () => {
      turns++
      next = setImmediate(turn)
    }
    let next = setImmediate(turn)
    await put('a', Buffer.alloc(20 * PIECE))
    expect(turns).toBeGreaterThanOrEqual(19)
    turns = 0
    await get('a')
    expect(turns).toBeGreaterThanOrEqual(19)
    await put('a', 'small')
    turns = 0
    await namespace.sweep()
    expect(turns).toBeGreaterThanOrEqual(2)
    clearImmediate(next)
  })

  test('that is replaced while it is read is read as one or the other', async () => {
    const { namespace, get, put } = script()
    const [a, b] = ['a'.repeat(9 * PIECE), 'b'.repeat(9 * PIECE)]
    await put('k', a)
    const reading = get('k')
    await put('k', b)
    await namespace.sweep()
    expect([a, b]).toContain(await reading)
    const again = get('k')
    await put('k', 'small')
    await namespace.sweep()
    expect([b, 'small']).toContain(await again)
  })
})

describe('a key', () => {
  test.each([
    'a',
    ' ',
    '\0',
    'a\nb\n\nc',
    '../../etc/passwd',
    "'; DROP TABLE entry --",
    'ü😀',
    '%',
  ])('may be %j', async (key) => {
    const { get, put, names } = script()
    await put(key, 'v')
    expect(await get(key)).toBe('v')
    expect(names()).toEqual([key])
    expect(names(key)).toEqual([key])
  })

  test.each([
    ['', 'kv_bad_argument'],
    ['\ud800', 'kv_bad_argument'],
    ['a\udfff', 'kv_bad_argument'],
    ['x'.repeat(513), 'kv_too_large'],
    ['ü'.repeat(257), 'kv_too_large'],
    ['x'.repeat(10_000_000), 'kv_too_large'],
  ])('may not be %.10j', async (key, expected) => {
    const { code, get, put, remove } = script()
    expect(await code(() => get(key))).toBe(expected)
    expect(await code(() => put(key, ''))).toBe(expected)
    expect(await code(() => remove(key))).toBe(expected)
  })
})

describe('an expiry', () => {
  test('hides an entry at once, and the sweep removes it', async () => {
    const { clock, namespace, get, put, names, list } = script({ entries: 3 })
    await put('for ten seconds', '', { ttl: 10 })
    await put('until then', '', { expiration: 1_700_000_020 })
    await put('forever', '')
    expect(list().keys).toEqual([
      { name: 'for ten seconds', expiration: 1_700_000_010 },
      { name: 'forever' },
      { name: 'until then', expiration: 1_700_000_020 },
    ])
    clock.now += 9_999
    expect(await get('for ten seconds')).toBe('')
    clock.now += 1
    expect(await get('for ten seconds')).toBeUndefined()
    expect(names()).toEqual(['forever', 'until then'])
    clock.now += 10_000
    await namespace.sweep()
    expect(names()).toEqual(['forever'])
    await put('forever', '', { ttl: 5 })
    clock.now += 5_000
    expect(names()).toEqual([])
  })

  test('is taken away by a put without one', async () => {
    const { clock, get, put } = script()
    await put('a', '', { ttl: 10 })
    await put('a', 'stays')
    clock.now += 20_000
    expect(await get('a')).toBe('stays')
  })

  test.each([
    { ttl: 0 },
    { ttl: -1 },
    { expiration: 1_600_000_000 },
    { expiration: 0 },
    { ttl: 9e14 },
  ])('that has passed or never comes is refused: %j', async (more) => {
    const { code, put } = script()
    expect(await code(() => put('a', '', more))).toBe('kv_bad_argument')
  })

  test.each(['x', 'NaN', 'Infinity', '1e3', ' 1', '1n', '0x1'])(
    'that is %j is none',
    async (ttl) => {
      const { code, ops } = script()
      expect(await code(() => ops(KvOp.put, 0, `\n${ttl}\n\nkey`, ''))).toBe('kv_bad_argument')
    },
  )
})

describe('a list', () => {
  test('goes page by page, each key once and in the order of bytes', async () => {
    const { put, list } = script()
    const keys = ['a', 'a\0', 'aa', 'ab', 'b', 'z', 'ü', '\uffff', '😀']
    for (const key of [...keys].reverse()) await put(key, '')
    for (const limit of [1, 2, 4, 9]) {
      const found: string[] = []
      let cursor = ''
      for (let pages = 0; pages < 20; pages++) {
        const page = list('', limit, cursor)
        found.push(...page.keys.map(({ name }: { name: string }) => name))
        expect(page.keys.length).toBeLessThanOrEqual(limit)
        expect(page.list_complete).toBe(page.cursor === undefined)
        if (page.list_complete) break
        cursor = page.cursor
      }
      expect(found).toEqual(keys)
    }
  })

  test('has what begins with the prefix and nothing else', async () => {
    const { put, names, list } = script()
    for (const key of ['a', 'ab', 'ab\u{10ffff}', 'abc', 'ac', 'b', '😀', '😀x', '😁'])
      await put(key, '')
    expect(names('ab')).toEqual(['ab', 'abc', 'ab\u{10ffff}'])
    expect(names('😀')).toEqual(['😀', '😀x'])
    expect(names('c')).toEqual([])
    // A cursor of another list does not lead out of this one.
    const { cursor } = list('', 1)
    expect(names('b', 1000, cursor)).toEqual(['b'])
  })

  test('gives at most 1000, with their metadata', async () => {
    const { put, list } = script({ operations: 2000 })
    for (let i = 0; i < 1001; i++) await put(String(i), '')
    await put('0', '', { metadata: '{"a":[1]}' })
    const page = list('', 5000)
    expect(page.keys).toHaveLength(1000)
    expect(page.keys[0]).toEqual({ name: '0', metadata: '{"a":[1]}' })
    expect(page.list_complete).toBe(false)
  })

  test('passes what has expired a page at a time', async () => {
    const { clock, put, list } = script()
    for (let i = 0; i < 10; i++) await put(`a${i}`, '', { ttl: 1 })
    await put('b', '')
    clock.now += 2000
    const page = list('', 5)
    expect(page).toMatchObject({ keys: [], list_complete: false })
    expect(list('', 10, page.cursor).keys).toEqual([{ name: 'b' }])
  })

  test.each([
    [0, ''],
    [-1, ''],
    [1.5, ''],
    ['x', ''],
    [1, '!'],
    [1, 'A'],
    [1, 'x'.repeat(100_000)],
  ])('with limit %s and cursor %.9s is refused', async (limit, cursor) => {
    const { code, list } = script()
    expect(await code(() => list('', limit, cursor))).toBe('kv_bad_argument')
  })
})

describe('a namespace', () => {
  test('takes values and metadata up to their limits', async () => {
    const { code, put } = script({ value: 10 })
    expect(await code(() => put('a', '1234567890'))).toBe('none')
    expect(await code(() => put('a', '12345678901'))).toBe('kv_too_large')
    expect(await code(() => put('a', '', { metadata: 'x'.repeat(1024) }))).toBe('none')
    expect(await code(() => put('a', '', { metadata: 'ü'.repeat(513) }))).toBe('kv_too_large')
  })

  test('takes so many entries, and others again when some are gone', async () => {
    const { clock, code, put, remove, get } = script({ entries: 3 })
    for (const key of ['a', 'b']) await put(key, '')
    await put('c', '', { ttl: 10 })
    expect(await code(() => put('d', ''))).toBe('kv_full')
    await put('a', 'can still change')
    await remove('b')
    await put('d', '')
    expect(await code(() => put('e', ''))).toBe('kv_full')
    clock.now += 10_000
    await put('e', '')
    expect(await get('a')).toBe('can still change')
  })

  test('takes so many bytes, with keys and metadata, and all that is written of large values', async () => {
    const { code, put, get, namespace } = script({ bytes: 6 * PIECE })
    await put('a', Buffer.alloc(3 * PIECE))
    expect(await code(() => put('b', Buffer.alloc(4 * PIECE)))).toBe('kv_full')
    expect(await get('b')).toBeUndefined()
    expect(await get('a')).toHaveLength(3 * PIECE)
    // What the failed one has left makes room by itself, as what is overwritten does.
    for (let i = 0; i < 5; i++) await put('b', Buffer.alloc(PIECE + 1))
    await namespace.sweep()
    expect(await code(() => put('c', 'x'.repeat(2 * PIECE)))).toBe('kv_full')
    await put('b', '')
    await put('c', 'x'.repeat(2 * PIECE))
  })

  test('moves only so many large values at once', async () => {
    const { code, put } = script({ held: 4 * PIECE })
    const codes = await Promise.all(
      ['a', 'b', 'c'].map((key) => code(() => put(key, Buffer.alloc(2 * PIECE)))),
    )
    expect(codes).toEqual(['none', 'none', 'kv_busy'])
    expect(await code(() => put('c', Buffer.alloc(2 * PIECE)))).toBe('none')
  })

  test('that is closed refuses', async () => {
    const { namespace, code, get, put, list } = script()
    await put('large', Buffer.alloc(5 * PIECE))
    const reading = code(() => get('large'))
    namespace.close()
    expect(await reading).toBe('kv_unavailable')
    expect(await code(() => put('a', ''))).toBe('kv_unavailable')
    expect(await code(() => list())).toBe('kv_unavailable')
    await namespace.sweep()
  })
})

describe('a run', () => {
  test('pays for what it asks', async () => {
    const { spent, get, put, remove, list } = script()
    await put('a', 'x'.repeat(1000))
    await get('a')
    await remove('a')
    list('', 500)
    expect(spent).toEqual([19, 6, 17, 1006])
  })

  test('has 1000 operations and no more', async () => {
    const { code, get } = script({ operations: 3 })
    for (let i = 0; i < 3; i++) await get('a')
    expect(await code(() => get('a'))).toBe('kv_operations_limit')
  })

  test.each([
    ['an op', 999, 0, 'k', undefined],
    ['a namespace it does not have', KvOp.get, 1, 'k', 'text'],
    ['a namespace below zero', KvOp.get, -1, 'k', 'text'],
    ['a namespace by name', KvOp.get, 'a', 'k', 'text'],
    ['no key', KvOp.get, 0, undefined, 'text'],
    ['a head without a key', KvOp.put, 0, '\n\n', 'x'],
    ['no value', KvOp.put, 0, '\n\n\nk', undefined],
    ['a number for a value', KvOp.put, 0, '\n\n\nk', 7],
    ['bytes for a key', KvOp.delete, 0, Buffer.from('k'), undefined],
    ['half a list', KvOp.list, 0, '10', undefined],
  ])('cannot confuse the host with %s', async (_, op, a, b, c) => {
    const { code, ops } = script()
    expect(await code(() => ops(op, a, b, c))).toMatch(/^(bad_call|unknown_handle)$/)
  })
})

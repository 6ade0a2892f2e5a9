import { crc32 as zlibCrc32 } from 'node:zlib'
import fc from 'fast-check'
import type { Peer } from 'gateway/plugin'
import { underTest } from 'gateway/testing'
import { describe, expect, it } from 'vitest'
import { crc32 } from '../../src/plugins/hash/crc32.ts'
import plugin from '../../src/plugins/hash/index.ts'
import { MAX_RING_WEIGHT, Ring } from '../../src/plugins/hash/ring.ts'

type List = Parameters<ReturnType<typeof underTest>['balancer']>[0]

const NONE: ReadonlySet<Peer> = new Set()
const KEYS = Array.from({ length: 2000 }, (_, i) => `key${i}`)
const FOUR: List = [
  { name: '10.0.0.1:80', weight: 3 },
  { name: '10.0.0.2:80' },
  { name: '10.0.0.3:80', weight: 2 },
  { name: '10.0.0.4:80' },
]

/** Whom a key leads to. */
function mapping(hash: string, list: List) {
  const subject = underTest(plugin, { directives: { hash } })
  const { choose, peers } = subject.balancer(list)
  const exchange = (key: string) => subject.exchange({ target: `/?k=${key}` })
  return {
    peers,
    of: (key: string, tried = NONE) => choose(exchange(key), tried) as Peer | undefined,
    /** The peers of a request all of whose attempts fail. */
    ways: (key: string) => {
      const x = exchange(key)
      const tried = new Set<Peer>()
      for (let peer = choose(x, tried); peer; peer = choose(x, tried)) tried.add(peer as Peer)
      return [...tried].map((peer) => peer.name)
    },
  }
}

it('looks for another peer as often as hash_again says, then peers take turns', () => {
  const down: List = [{ name: '10.0.0.1:80', weight: 1000, down: true }, ...FOUR.slice(1)]
  const turns = (again: string) => {
    const directives = { hash: '$arg_k', hash_again: again }
    const subject = underTest(plugin, { directives })
    const { choose } = subject.balancer(down)
    const ask = () => (choose(subject.exchange({ target: '/?k=a' }), NONE) as Peer).name
    return new Set(Array.from({ length: 6 }, ask)).size
  }
  expect(turns('0')).toBe(3)
  expect(turns('2000')).toBe(1)
})

describe.each(['$arg_k', '$arg_k consistent'])('hash %s', (hash) => {
  it('leads the same key to the same peer', () => {
    const { of } = mapping(hash, FOUR)
    for (const key of KEYS.slice(0, 100)) expect(of(key)).toBe(of(key))
  })

  it('asks every peer once, and the backups last', () => {
    const { ways } = mapping(hash, [{ name: '10.0.0.5:80', backup: true }, ...FOUR])
    for (const key of KEYS.slice(0, 200)) {
      const names = ways(key)
      expect(names.at(-1)).toBe('10.0.0.5:80')
      expect(names.slice(0, -1).sort()).toEqual(FOUR.map(({ name }) => name))
    }
  })

  it('changes nothing for those whose peer works when another is down', () => {
    const all = mapping(hash, FOUR)
    const some = mapping(
      hash,
      FOUR.map((peer, i) => ({ ...peer, down: i === 2 })),
    )
    for (const key of KEYS) {
      const home = all.of(key)?.name
      if (home === '10.0.0.3:80') expect(some.of(key)?.name).not.toBe(home)
      else expect(some.of(key)?.name).toBe(home)
    }
  })

  it('lets peers take turns where the key is empty', () => {
    const { of } = mapping(hash, FOUR)
    expect(new Set(Array.from({ length: 4 }, () => of(''))).size).toBe(4)
  })

  it('leaves full peers alone', () => {
    const { of, peers } = mapping(
      hash,
      FOUR.map((peer) => ({ ...peer, maxConns: 1 })),
    )
    for (const peer of peers.slice(1)) peer.active = 1
    for (const key of KEYS.slice(0, 50)) expect(of(key)).toBe(peers[0])
    for (const peer of peers) peer.active = 1
    expect(of('key')).toBeUndefined()
  })
})

describe('hash key', () => {
  it('takes the remainder by the sum of weights', () => {
    const { of } = mapping('$arg_k', FOUR)
    // The shares of the weights 3, 1, 2, 1, one after another.
    const shares = ['1', '1', '1', '2', '3', '3', '4'].map((last) => `10.0.0.${last}:80`)
    for (const key of KEYS) {
      const place = ((zlibCrc32(key) >>> 16) & 0x7fff) % shares.length
      expect(of(key)?.name).toBe(shares[place])
    }
  })

  it('hashes bytes', () => {
    const { of } = mapping('$arg_k', FOUR)
    const shares = [0, 0, 0, 1, 2, 2, 3]
    // The octets of an unescaped "ü".
    const place = ((zlibCrc32(Buffer.from([0xc3, 0xbc])) >>> 16) & 0x7fff) % shares.length
    expect(of('\u00c3\u00bc')?.name).toBe(FOUR[shares[place] as number]?.name)
  })
})

describe('hash key consistent', () => {
  it('moves none but the keys of a peer that is removed', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 1, max: 250 }), { minLength: 3, maxLength: 8 }),
        fc.nat(7),
        (hosts, which) => {
          const list = hosts.map((host) => ({ name: `10.0.0.${host}:80`, weight: (host % 3) + 1 }))
          const gone = list[which % list.length]
          const before = mapping('$arg_k consistent', list)
          const after = mapping(
            '$arg_k consistent',
            list.filter((each) => each !== gone),
          )
          for (const key of KEYS.slice(0, 50)) {
            const home = before.of(key)?.name
            if (home !== gone?.name) expect(after.of(key)?.name).toBe(home)
          }
        },
      ),
      { numRuns: 30 },
    )
  })

  it('does not depend on the order of the peers', () => {
    const { of } = mapping('$arg_k consistent', FOUR)
    const reversed = mapping('$arg_k consistent', [...FOUR].reverse())
    for (const key of KEYS) expect(reversed.of(key)?.name).toBe(of(key)?.name)
  })

  it('lets the addresses of one name share its keys', () => {
    const server = 'app.example:80'
    const two = ['10.0.0.8:80', '10.0.0.9:80'].map((name) => ({ name, server }))
    const one = mapping('$arg_k consistent', [...FOUR, { name: '10.0.0.8:80', server }])
    const { of } = mapping('$arg_k consistent', [...FOUR, ...two])
    const ofName = KEYS.filter((key) => one.of(key)?.settings.server === server)
    expect(ofName.length).toBeGreaterThan(50)
    const names = ofName.map((key) => of(key)?.name)
    expect(names).toEqual(names.map((_, i) => two[i % 2]?.name))
  })

  it('refuses weights that would make the ring too large', () => {
    const subject = underTest(plugin, { directives: { hash: '$arg_k consistent' } })
    const most = [{ name: '10.0.0.1:80', weight: MAX_RING_WEIGHT - 1 }, { name: '10.0.0.2:80' }]
    expect(() => subject.balancer(most)).not.toThrow()
    expect(() => subject.balancer([...most, { name: '10.0.0.3:80' }])).toThrow(
      'hash: the weights in upstream "test" add up to more than 10000',
    )
    // The addresses of a name are counted once, however many a worker will find.
    const server = 'app.example'
    const weight = MAX_RING_WEIGHT
    const two = ['10.0.0.1:80', '10.0.0.2:80'].map((name) => ({ name, server, weight }))
    expect(() => subject.balancer(two)).not.toThrow()
    expect(() => subject.balancer([{ name: 'a:80', weight: weight + 1 }])).toThrow('more than')
  })
})

describe('a ring', () => {
  it('gives a hash to the next point, and the last ones to the first', () => {
    const ring = new Ring([{ name: '10.0.0.1:80', weight: 1 }])
    // crc32(HOST \0 PORT PREV_HASH), as nginx has it.
    const first = zlibCrc32(Buffer.from('10.0.0.1\x0080\0\0\0\0', 'latin1'))
    const at = ring.find(first)
    expect(ring.find(first + 1)).toBe(at + 1)
    expect(ring.find(first - 1)).toBe(at)
    expect(ring.find(2 ** 32 - 1)).toBe(160)
    expect(ring.owner(160)).toBe(0)
  })

  it.each([
    ['unix:/run/app.sock', '/run/app.sock\0'],
    ['10.0.0.1', '10.0.0.1\0'],
    ['[::1]', '[::1]\0'],
    ['[::1]:8080', '[::1]\x008080'],
  ])('is made of the name %s', (name, base) => {
    const first = zlibCrc32(Buffer.from(`${base}\0\0\0\0`, 'latin1'))
    const ring = new Ring([{ name, weight: 1 }])
    expect(ring.find(first + 1)).toBe(ring.find(first) + 1)
  })
})

it('computes the CRC-32 of zlib', () => {
  expect(crc32('123456789')).toBe(0xcbf43926)
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect(crc32(Buffer.from(bytes).toString('latin1'))).toBe(zlibCrc32(bytes))
    }),
  )
})

it.each([
  ['$arg_k ketama', 'invalid parameter "ketama"'],
  ['$arg_k consistent 2', 'invalid number of arguments in "hash" directive'],
])('refuses "hash %s"', (hash, text) => {
  expect(() => underTest(plugin, { directives: { hash } })).toThrow(text)
})

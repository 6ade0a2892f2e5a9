import { array, check, constantFrom, integer, property, record, tuple } from 'fast-check'
import { describe, expect, it } from 'vitest'
import plugin from '../../src/plugins/geo/index.ts'
import { Intervals } from '../../src/plugins/geo/intervals.ts'
import { Ranges } from '../../src/plugins/geo/ranges.ts'
import {
  parseIP as parseAddress,
  type IPWords as Words,
} from '../../src/wire/address/ip-address.ts'
import {
  isInNetwork as contains,
  parseIPNetwork as parseNetwork,
} from '../../src/wire/address/ip-network.ts'
import { errorsIn } from '../config/compile-text.ts'
import { rendering } from './rendering.ts'

/** `$v`, a geo of these lines. */
const located = (lines: string, args = '$v', files: Record<string, string> = {}) => {
  const http = `geo:\n  ${args}:\n${lines.trim().replace(/^ */gm, '    ')}`
  return rendering(plugin, http, '$v', files)
}

const valueAt = (lines: string, address: string) => located(lines).of({ client: { address } })

const NETWORKS = `
  default: none
  10.0.0.0/8: ten
  10.1.0.0/16: ten one
  10.1.2.3: host
  2001:db8::/32: six
  "2001:db8:1::/48": "six one"
  ::ffff:10.9.0.0/112: mapped`

describe('geo', () => {
  it.each([
    ['10.200.0.1', 'ten'],
    ['10.1.0.1', 'one'],
    ['10.1.2.3', 'host'],
    ['::ffff:10.1.2.3', 'host'],
    ['::ffff:10.9.0.1', 'ten'],
    ['11.0.0.0', 'none'],
    ['9.255.255.255', 'none'],
    ['2001:db8::1', 'six'],
    ['2001:db8:1::1', 'six one'],
    ['2001:db8:1:ffff:ffff:ffff:ffff:ffff', 'six one'],
    ['2001:db9::', 'none'],
    ['unix:', 'none'],
  ])('finds the longest network of %s', (address, value) => {
    expect(valueAt(NETWORKS.replace('ten one', 'one'), address)).toBe(value)
  })

  it('is empty where nothing fits and no default is written', () => {
    expect(valueAt('10.0.0.0/8: ten', '11.0.0.0')).toBe('')
    expect(valueAt('10.0.0.0/8: ten', '::1')).toBe('')
  })

  it('takes 255.255.255.255 for what has no address', () => {
    expect(valueAt('255.255.255.255: odd', 'unix:')).toBe('odd')
  })

  it('looks up the value of a variable', () => {
    const { of } = located(NETWORKS.replace('ten one', 'one'), '$arg_ip $v')
    const values = ['10.1.2.3', '2001:DB8::9', 'nonsense', '10.1.2.3:80', ''].map((ip) => {
      return of({ target: `/?ip=${ip}` })
    })
    expect(values).toEqual(['host', 'six', 'none', 'none', 'none'])
  })

  it('takes networks out again', () => {
    const lines = `
      10.0.0.0/8: ten
      10.1.0.0/16: one
      delete: [10.1.0.0/16, 10.2.0.0/16]`
    expect(valueAt(lines, '10.1.0.1')).toBe('ten')
    expect(located(lines).warnings).toEqual(['geo: no network "10.2.0.0/16" to delete'])
  })

  it('warns of networks written twice and of bits that do not count', () => {
    const lines = `
      default: a
      default: b
      10.0.0.1/8: c
      10.0.0.0/8: d`
    expect(valueAt(lines, '10.0.0.0')).toBe('d')
    expect(valueAt(lines, '::1')).toBe('b')
    expect(located(lines).warnings).toEqual([
      'geo: duplicate network "default", value: "b", old value: "a"',
      'geo: low address bits of 10.0.0.1/8 are meaningless',
      'geo: duplicate network "10.0.0.0/8", value: "d", old value: "c"',
    ])
  })

  it('includes files', () => {
    const { of } = located('include: nets.yaml', '$v', { '/conf/nets.yaml': '10.0.0.0/8: ten\n' })
    expect(of({ client: { address: '10.0.0.1' } })).toBe('ten')
  })

  it.each([
    ['10.0.0.1', 'a'],
    ['10.0.0.5', 'b'],
    ['10.0.0.9', 'a'],
    ['10.0.0.10', 'none'],
    ['10.5.0.0', 'wide'],
    ['10.6.255.255', 'wide'],
    ['::ffff:10.0.0.5', 'b'],
    ['2001:db8::', 'none'],
    ['unix:', 'none'],
  ])('finds the range of %s', (address, value) => {
    const lines = `
      ranges: on
      default: none
      10.0.0.0-10.0.0.9: a
      10.0.0.4-10.0.0.6: b
      10.4.255.0-10.6.255.255: wide
      10.8.0.0-10.8.0.1: gone
      delete: 10.8.0.0-10.8.0.1`
    expect(valueAt(lines, address)).toBe(value)
    expect(located(lines).warnings).toEqual([])
  })

  it('warns of ranges written twice', () => {
    const lines = `
      ranges:
      default: a
      default: b
      1.0.0.0-1.0.0.9: c
      1.0.0.0-1.0.0.9: d
      delete: 1.0.0.0-1.0.0.8`
    expect(located(lines).warnings).toEqual([
      'geo: duplicate default geo range value: "b", old value: "a"',
      'geo: duplicate range "1.0.0.0-1.0.0.9", value: "d", old value: "c"',
      'geo: no address range "1.0.0.0-1.0.0.8" to delete',
    ])
  })

  it.each([
    ['10.0.0.1', ['1.1.1.1'], 'far', 'far'],
    ['10.0.0.1', [], 'proxy', 'proxy'],
    ['9.0.0.1', ['1.1.1.1'], 'none', 'none'],
    ['10.0.0.1', ['1.1.1.1, 2.2.2.2 , '], 'two', 'two'],
    ['10.0.0.1', ['1.1.1.1, 10.0.0.2'], 'proxy', 'far'],
    ['10.0.0.1', ['1.1.1.1', '10.0.0.2'], 'proxy', 'far'],
    ['10.0.0.1', ['10.0.0.3,10.0.0.2'], 'proxy', 'proxy'],
    ['10.0.0.1', ['1.1.1.1, nonsense'], 'proxy', 'proxy'],
    ['10.0.0.1', ['1.1.1.1, nonsense, 10.0.0.2'], 'proxy', 'proxy'],
    ['10.0.0.1', ['1.1.1.1:443'], 'far', 'far'],
    ['10.0.0.1', ['[2001:db8::1]:443'], 'six', 'six'],
    ['10.0.0.1', ['[2001:db8::1]'], 'proxy', 'proxy'],
    ['10.0.0.1', ['1.1.1.1:0'], 'proxy', 'proxy'],
    ['::ffff:10.0.0.1', ['1.1.1.1'], 'far', 'far'],
    ['fd00::1', ['1.1.1.1, fd00::2'], 'none', 'far'],
    ['unix:', ['1.1.1.1'], 'none', 'none'],
  ])('from %s believes %j', (address, fields, one, all) => {
    const lines = `
      proxy: [10.0.0.0/8, "fd00::/8"]
      default: none
      1.1.1.1: far
      2.2.2.2: two
      2001:db8::/32: six
      10.0.0.0/8: proxy`
    const request = { client: { address }, headers: { 'X-Forwarded-For': fields } }
    expect(located(lines).of(request)).toBe(one)
    expect(located(`proxy_recursive: on\n${lines}`).of(request)).toBe(all)
  })

  it.each([
    ['nonsense: a', 'invalid network "nonsense"'],
    ['10.0.0.0/33: a', 'invalid network "10.0.0.0/33"'],
    ['"::/129": a', 'invalid network "::/129"'],
    ['10.0.0: a', 'invalid network "10.0.0"'],
    ['10.0.0.0/: a', 'invalid network "10.0.0.0/"'],
    ['proxy: here', 'invalid network "here"'],
    ['10.0.0.0: [a, b]', 'invalid number of the geo parameters'],
    ['10.0.0.0:', 'invalid number of the geo parameters'],
    ['10.0.0.0: { a: b }', 'invalid number of the geo parameters'],
  ])('refuses %s', (line, error) => {
    expect(errorsIn(() => located(line))).toEqual([`4:7 geo: ${error}`])
  })

  it.each([
    ['1.0.0.0: a', 'invalid range "1.0.0.0"'],
    ['1.0.0.5-1.0.0.0: a', 'invalid range "1.0.0.5-1.0.0.0"'],
    ['::1-::2: a', 'invalid range "::1-::2"'],
    ['1.0.0.0-255.255.255.255: a', 'invalid range "1.0.0.0-255.255.255.255"'],
    ['9.0.0.5-9.0.0.20: a', 'range "9.0.0.5-9.0.0.20" overlaps "9.0.0.0-9.0.0.9"'],
    ['8.255.0.0-9.0.0.20: a', 'range "8.255.0.0-9.0.0.20" overlaps "9.0.0.0-9.0.0.9"'],
  ])('refuses the range %s', (line, error) => {
    const lines = `ranges:\n9.0.0.0-9.0.0.9: x\n${line}`
    expect(errorsIn(() => located(lines))).toEqual([`6:7 geo: ${error}`])
  })

  it('refuses ranges behind networks, and names that are none', () => {
    expect(errorsIn(() => located('10.0.0.0: a\nranges:'))).toEqual([
      '5:7 geo: the "ranges" directive must be the first directive inside "geo" block',
    ])
    const named = (args: string) => errorsIn(() => located('10.0.0.0: a', args))[0]
    expect(named('$remote_addr v')).toBe('3:5 geo: invalid variable name "v"')
    expect(named('remote_addr $v')).toBe('3:5 geo: invalid variable name "remote_addr"')
  })
})

describe('the index of networks', () => {
  const word = integer({ min: 0, max: 0xffffffff })
  // Few different bits, so that networks nest and touch.
  const close = constantFrom(0, 1, 2, 3, 0x80000000, 0xfffffffe, 0xffffffff, 0x0a000000)

  it.each([1, 4] as const)('finds what trying all of them finds, with %i words', (width) => {
    const words = tuple(...Array.from({ length: width }, () => close))
    const network = record({ words, bits: integer({ min: 0, max: 32 * width }) })
    const other = tuple(...Array.from({ length: width }, () => word))
    check(
      property(array(network, { maxLength: 30 }), array(words), other, (networks, asked, more) => {
        const entries = distinct(networks.map(({ words, bits }) => `${text(words)}/${bits}`))
        const index = new Intervals(entries, width)
        for (const each of [...asked, more, ...networks.map(({ words }) => words)]) {
          const fitting = entries.filter(({ network }) => contains(network, each))
          fitting.sort((a, b) => b.network.bits - a.network.bits)
          expect(index.find(each)).toBe(fitting[0]?.value)
        }
      }),
    )
  })

  it('finds in ranges what the last range around an address says', () => {
    const bound = integer({ min: 0, max: 0x3ffff })
    check(
      property(array(tuple(bound, bound), { maxLength: 12 }), array(bound), (bounds, asked) => {
        const ranges = new Ranges()
        const taken: { first: number; last: number; value: string }[] = []
        for (const [i, [a, b]] of bounds.entries()) {
          const [first, last] = [Math.min(a, b), Math.max(a, b)]
          const clean = taken.every((each) => {
            const apart = last < each.first || first > each.last
            return apart || (first >= each.first && last <= each.last)
          })
          if (!clean) continue
          if (ranges.add(first, last, `${i}`).kind === 'overlap') return
          taken.unshift({ first, last, value: `${i}` })
        }
        for (const address of [...asked, ...bounds.flat()]) {
          const around = taken.find(({ first, last }) => first <= address && address <= last)
          expect(ranges.find(address)).toBe(around?.value)
        }
      }),
    )
  })

  it('reads and finds 100,000 networks in reasonable time', () => {
    const before = process.cpuUsage()
    const entries = Array.from({ length: 100_000 }, (_, i) => {
      const address = Math.imul(i, 2_654_435_761) >>> 0
      return { network: network(`${text([address])}/${16 + (i % 17)}`), value: `${i % 250}` }
    })
    const index = new Intervals(entries, 1)
    let found = 0
    for (let i = 0; i < 100_000; i++) if (index.find([Math.imul(i, 40_503) >>> 0])) found++
    expect(found).toBeGreaterThan(0)
    const { user, system } = process.cpuUsage(before)
    expect((user + system) / 1000).toBeLessThan(5000)
  })
})

function distinct(texts: readonly string[]) {
  const entries = new Map(
    texts.map((each) => {
      const net = network(each)
      return [`${net.first.join()}/${net.bits}`, { network: net, value: each }] as const
    }),
  )
  return [...entries.values()]
}

function network(each: string) {
  const found = parseNetwork(each)
  if (!found) throw new Error(`"${each}" is no network`)
  return found
}

function text(words: Words): string {
  const groups = words.flatMap((each) => [each >>> 16, each & 0xffff])
  if (words.length > 1) return groups.map((group) => group.toString(16)).join(':')
  return groups.flatMap((group) => [group >> 8, group & 255]).join('.')
}

describe('addresses', () => {
  it.each([
    ['0.0.0.0', [0]],
    ['255.255.255.255', [0xffffffff]],
    ['010.1.2.003', [0x0a010203]],
    ['::', [0, 0, 0, 0]],
    ['::1', [0, 0, 0, 1]],
    ['1:2:3:4:5:6:7:8', [0x10002, 0x30004, 0x50006, 0x70008]],
    ['::ffff:1.2.3.4', [0, 0, 0xffff, 0x01020304]],
    ['FE80::1', [0xfe800000, 0, 0, 1]],
  ])('reads %s', (address, words) => expect(parseAddress(address)).toEqual(words))

  it.each([
    '',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.256',
    '1..2.3',
    '1.2.3.',
    '.1.2.3',
    '1.2.3.4 ',
    ':::',
    '::g',
    'fe80::1%eth0',
    '1:2',
  ])('refuses "%s"', (address) => expect(parseAddress(address)).toBeUndefined())
})

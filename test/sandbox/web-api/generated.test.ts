import { expect, test } from 'vitest'
import { randomNumbers } from '../../soak/random.ts'
import { PATIENCE, scale } from '../../soak/scale.ts'
import { inGuest, inNode } from './same.ts'

const CASES = scale(2000, 50_000)
const BATCH = 100
const SEED = Number(process.env.GATEWAY_SEED ?? 20_261_121)

type Random = () => number

const pick = <T>(random: Random, of: readonly T[]): T => of[Math.floor(random() * of.length)] as T
const many = <T>(random: Random, most: number, make: () => T): T[] => {
  return Array.from({ length: Math.floor(random() * (most + 1)) }, make)
}

/** Expects a guest to make the same of each generated case as Node: a value, or an error's name. */
function generated(name: string, code: string, make: (random: Random) => unknown): void {
  const together = `const results = []
    for (const value of values) {
      try { results.push(await (async () => { ${code} })()) } catch (error) { results.push('threw ' + error.name) }
    }
    return results`
  test(
    name,
    async () => {
      const random = randomNumbers(SEED)
      for (let done = 0; done < CASES; done += BATCH) {
        const cases = Array.from({ length: BATCH }, () => make(random))
        const [guest, node] = (await Promise.all([
          inGuest(together, cases),
          inNode(together, cases),
        ])) as { value: unknown[] }[]
        const told = (of: typeof guest) => cases.map((each, i) => [each, of?.value?.[i] ?? of])
        expect(told(guest)).toEqual(told(node))
      }
    },
    PATIENCE,
  )
}

const SCHEMES = ['http:', 'https:', 'HTTP:', 'ftp:', 'ws:', 'file:', 'data:', 'x-y:', 'a:', '', ':']
const HOSTS = [
  ...[
    'h',
    'EXAMPLE.com',
    'a.b.c',
    '127.1',
    '0x7f.1',
    '1.2.3.4.5',
    '[::1]',
    '[1:2::3]',
    '[::g]',
    '',
  ],
  ...[
    'ü.de',
    'xn--tda.de',
    '%41',
    'a b',
    'a<b',
    'a_b',
    '-',
    '.',
    '..',
    'h.',
    '999999999999',
    '[::1.2.3.4]',
  ],
]
const PARTS = [
  ...[
    'a',
    'b',
    '.',
    '..',
    '%2e',
    '%2E%2e',
    '',
    ' ',
    '%',
    '%zz',
    '%41',
    'é',
    '日',
    '\ud800',
    '\0',
    '\t',
    '\n',
  ],
  ...[
    '\\',
    '/',
    '//',
    ':',
    '@',
    ';x',
    '|',
    'C:',
    'c|',
    '{',
    '`',
    '"',
    "'",
    '<',
    '>',
    '^',
    '~',
    '[',
    ']',
  ],
]

function someUrl(random: Random): string {
  const text = (most: number) => many(random, most, () => pick(random, PARTS)).join('')
  const slashes = pick(random, ['//', '//', '//', '/', '', '///', '\\\\'])
  const user = random() < 0.2 ? `${text(2)}${pick(random, ['', ':'])}${text(1)}@` : ''
  const port =
    random() < 0.3 ? `:${pick(random, ['80', '443', '0', '65535', '65536', '', 'x', '8 0'])}` : ''
  const path = many(random, 4, () => `/${text(2)}`).join('')
  const query = random() < 0.4 ? `?${text(3)}` : ''
  const hash = random() < 0.3 ? `#${text(3)}` : ''
  return `${pick(random, SCHEMES)}${slashes}${user}${pick(random, HOSTS)}${port}${path}${query}${hash}`
}

generated(
  'URLs',
  `const [input, base] = value
    const url = base === null ? new URL(input) : new URL(input, base)
    return ['href', 'origin', 'protocol', 'username', 'password', 'host', 'hostname', 'port', 'pathname', 'search', 'hash'].map((piece) => url[piece])`,
  (random) => [someUrl(random), random() < 0.4 ? someUrl(random) : null],
)

generated(
  'relative references',
  'return [new URL(value, "http://u:p@h:8080/a/b/c?q#f").href, new URL(value, "file:///C:/x/y").href]',
  (random) => someUrl(random).replace(/^[^:]*:/, ''),
)

/** What Node 20 has otherwise than the standard: what is not ASCII beside a malformed escape. */
const QUERIES = PARTS.filter((part) => !/[^\0-\x7f]/.test(part)).concat(
  '&',
  '=',
  '+',
  '%20',
  '%C3%A9',
)

generated(
  'search parameters',
  `const params = new URLSearchParams(value)
    return [[...params], String(params), params.get('a'), params.getAll('b'), params.size]`,
  (random) => many(random, 10, () => pick(random, QUERIES)).join(''),
)

generated(
  'search parameters of pairs',
  'const params = new URLSearchParams(value); params.sort(); return [String(params), params.has("a"), params.has("a", "b")]',
  (random) => many(random, 6, () => [pick(random, PARTS), pick(random, PARTS)]),
)

const NAMES = ['a', 'B', 'x-y', 'Set-Cookie', 'set-cookie', '', 'a b', 'é', 'x:', '\0', '__proto__']
const VALUES = [
  '',
  '1',
  ' two ',
  '\tx\r\n',
  'a,b',
  'é',
  '日',
  'a\nb',
  '\0',
  '\x7f',
  '\x01',
  '"q"',
  ', ,',
]

generated(
  'headers',
  'const headers = new Headers(value); return [[...headers], headers.getSetCookie(), headers.get("A"), headers.has("x-Y")]',
  (random) => many(random, 6, () => [pick(random, NAMES), pick(random, VALUES)]),
)

const LABELS = [
  ...[
    'utf-8',
    'utf8',
    'unicode-1-1-utf-8',
    'x-unicode20utf8',
    'utf-16',
    'utf-16le',
    'ucs-2',
    'utf-16be',
    'csunicode',
  ],
  ...[
    'ibm866',
    'cp866',
    'iso-8859-2',
    'l2',
    'latin2',
    'iso-8859-3',
    'iso-8859-4',
    'iso-8859-5',
    'cyrillic',
    'iso-8859-6',
  ],
  ...[
    'arabic',
    'iso-8859-7',
    'greek',
    'iso-8859-8',
    'hebrew',
    'iso-8859-8-i',
    'logical',
    'iso-8859-10',
    'iso-8859-13',
  ],
  ...[
    'iso-8859-14',
    'iso-8859-15',
    'l9',
    'iso-8859-16',
    'koi8-r',
    'koi8',
    'koi8-u',
    'macintosh',
    'mac',
    'windows-874',
    'tis-620',
  ],
  ...[
    'windows-1250',
    'windows-1251',
    'cp1251',
    'windows-1253',
    'windows-1254',
    'latin5',
    'windows-1255',
    'windows-1256',
  ],
  ...[
    'windows-1257',
    'windows-1258',
    'x-mac-cyrillic',
    'gbk',
    'gb2312',
    'chinese',
    'gb18030',
    'big5',
    'big5-hkscs',
    'euc-jp',
  ],
  ...[
    'iso-2022-jp',
    'shift_jis',
    'sjis',
    'ms932',
    'windows-31j',
    'euc-kr',
    'ksc5601',
    'replacement',
    'utf-7',
    'x-user-defined',
  ],
  ...['utf-32', 'none', '', 'utf 8', 'latin-1'],
]

generated('labels of encodings', 'return new TextDecoder(value).encoding', (random) => {
  const label = pick(random, LABELS)
  const cased = random() < 0.3 ? label.toUpperCase() : label
  return random() < 0.3
    ? `${pick(random, [' ', '\t', '\n', '\f', '\v', '\u00a0'])}${cased} `
    : cased
})

/** Where Node's encoder takes labels it can decode as the standard says. */
const DECODED = [
  'utf-8',
  'utf-16le',
  'utf-16be',
  'ibm866',
  'iso-8859-2',
  'iso-8859-5',
  'koi8-r',
  'windows-1251',
  'gbk',
  'big5',
  'euc-jp',
  'shift_jis',
  'euc-kr',
]

generated(
  'bytes in their encodings',
  'const [label, fatal, bytes] = value; return new TextDecoder(label, { fatal }).decode(new Uint8Array(bytes))',
  (random) => {
    const edge = [
      0x00, 0x41, 0x7f, 0x80, 0x81, 0xa1, 0xbf, 0xc2, 0xe0, 0xed, 0xf0, 0xf4, 0xfe, 0xff, 0x30,
      0x5c,
    ]
    const bytes = many(random, 8, () =>
      random() < 0.5 ? pick(random, edge) : Math.floor(random() * 256),
    )
    return [pick(random, DECODED), random() < 0.3, bytes]
  },
)

generated(
  'base64',
  'return [(() => { try { return atob(value) } catch (error) { return error.name } })(), btoa(value)]',
  (random) =>
    many(random, 9, () =>
      pick(random, ['A', 'z', '/', '+', '=', ' ', '\n', '\f', '-', 'é', '\0', 'ÿ']),
    ).join(''),
)

generated(
  'blobs',
  `const [parts, type, start, end] = value
    const whole = new Blob(parts, { type }), part = whole.slice(start, end, 'x/Y')
    return [whole.size, whole.type, part.size, part.type, await part.text(), [...new Uint8Array(await whole.arrayBuffer())]]`,
  (random) => [
    many(random, 3, () => pick(random, ['', 'a', 'é', '日本', '\ud800', 'a\r\nb', 'long text'])),
    pick(random, ['', 'text/plain', 'A/B', 'é']),
    ...[0, 0].map(() => Math.floor(random() * 14) - 4),
  ],
)

generated(
  'forms, written and read',
  `const form = new FormData()
    for (const [name, text, file] of value) {
      if (file === null) form.append(name, text)
      else form.append(name, new Blob([text], { type: 'text/plain' }), file)
    }
    const read = await new Response(form).formData(), seen = []
    for (const [name, entry] of read) seen.push(typeof entry === 'string' ? [name, entry] : [name, entry.name, entry.type, await entry.text()])
    return seen`,
  (random) =>
    many(random, 4, () => [
      pick(random, ['a', 'b c', 'é', 'q"q', 'x\ny', '日', '']),
      pick(random, ['', 'text', 'é', 'a\r\nb', 'a\nb', '--', '\r\n--', '日本']),
      random() < 0.4 ? pick(random, ['f.txt', 'é', 'q"']) : null,
    ]),
)

generated(
  'structured clones',
  `const build = ([kind, ...rest]) => ({
      plain: () => rest[0], list: () => rest.map(build), record: () => Object.fromEntries(rest.map((each, i) => ['k' + i, build(each)])),
      map: () => new Map(rest.map((each, i) => [i, build(each)])), set: () => new Set(rest.map(build)), date: () => new Date(rest[0]),
      regexp: () => /a(b)/giu, error: () => new RangeError('m'), bytes: () => new Uint8Array([1, 2, 3]).subarray(1), view: () => new DataView(new ArrayBuffer(3)),
      big: () => 12345678901234567890n, boxed: () => Object('s'), hole: () => [1, , 3], circle: () => { const o = {}; o.self = o; return o },
      shared: () => { const o = { a: 1 }; return [o, o] }, fails: () => () => 1, symbol: () => Symbol('s'), weak: () => new WeakMap(), promise: () => Promise.resolve(),
    })[kind]()
    const tell = (of, above = []) => {
      if (typeof of === 'bigint') return of + 'n'
      if (typeof of !== 'object' || of === null) return of === undefined ? 'undefined' : Object.is(of, -0) ? '-0' : of
      if (above.includes(of)) return 'above ' + above.indexOf(of)
      const below = (each) => tell(each, [...above, of])
      const kind = Object.prototype.toString.call(of)
      if (of instanceof Map) return [kind, ...[...of].map(below)]
      if (of instanceof Set) return [kind, ...[...of].map(below)]
      if (of instanceof RegExp || of instanceof String) return [kind, String(of)]
      if (of instanceof Date) return [kind, of.toISOString()]
      if (of instanceof Error) return [kind, of.name, of.message]
      if (ArrayBuffer.isView(of)) return [kind, of.byteOffset, of.byteLength]
      return [kind, ...Object.entries(of).map(([key, each]) => [key, below(each)]), of.length ?? -1, of[0] !== undefined && of[0] === of[1]]
    }
    return tell(structuredClone(build(value)))`,
  (random) => someValue(random, 3),
)

const LEAVES = [
  'date',
  'regexp',
  'error',
  'bytes',
  'view',
  'big',
  'boxed',
  'hole',
  'circle',
  'shared',
]
const REFUSED = ['fails', 'symbol', 'weak', 'promise']

function someValue(random: Random, depth: number): unknown[] {
  const kind = random()
  if (kind < 0.03) return [pick(random, REFUSED)]
  if (depth === 0 || kind < 0.4) {
    const leaf = pick(random, LEAVES)
    return random() < 0.5 ? ['plain', pick(random, [null, true, 0, 1.5, 'é', ''])] : [leaf, 1e12]
  }
  const inner = many(random, 3, () => someValue(random, depth - 1))
  return [pick(random, ['list', 'record', 'map', 'set']), ...inner]
}

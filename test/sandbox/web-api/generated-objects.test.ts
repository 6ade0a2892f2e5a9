import { generated, many, pick, type Random } from './generated.ts'

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

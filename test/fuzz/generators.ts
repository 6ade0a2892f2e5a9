import fc from 'fast-check'
import { seeds } from './seeds.ts'

/** One connection's worth of bytes, and where it is cut into separate writes. */
export interface Input {
  readonly bytes: string
  /** Shares of the length, 0 to 1. */
  readonly cuts: readonly number[]
}

const character = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...'\r\n\t \0:,;=/\x0b\x7f\xff%.'.split('')) },
  { weight: 3, arbitrary: fc.constantFrom(...'aAzZ09-_"(){}[]*?#'.split('')) },
  { weight: 1, arbitrary: fc.nat(255).map((code) => String.fromCharCode(code)) },
)
const scrap = fc.array(character, { maxLength: 6 }).map((all) => all.join(''))
const lineEnd = usually('\r\n', fc.constantFrom('\n', '\r', '\r\r\n', '', '\n\r'))
const space = usually(' ', fc.constantFrom('  ', '\t', '', '\x0b', '\r'))

function usually(common: string, rare: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.oneof({ weight: 30, arbitrary: fc.constant(common) }, { weight: 1, arbitrary: rare })
}

const method = usually(
  'GET',
  fc.oneof(fc.constantFrom('POST', 'HEAD', 'PUT', 'OPTIONS', 'get'), scrap),
)
const path = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('/proxy', '/', '/file.txt', '/redirect') },
  { weight: 2, arbitrary: scrap.map((text) => `/proxy/${text}`) },
  { weight: 1, arbitrary: scrap },
  { weight: 1, arbitrary: scrap.map((text) => `http://${text}/proxy`) },
)
const version = usually(
  'HTTP/1.1',
  fc.oneof(fc.constantFrom('HTTP/1.0', 'HTTP/2.0', 'HTTP/1.2', ''), scrap),
)
const name = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      'Content-Length',
      'Transfer-Encoding',
      'Connection',
      'Host',
      'Expect',
    ),
  },
  {
    weight: 6,
    arbitrary: fc.constantFrom('X-A', 'Cookie', 'Accept-Encoding', 'Range', 'Upgrade', 'TE', 'X_A'),
  },
  { weight: 1, arbitrary: scrap },
)
const value = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom('chunked', '5', '0', 'close', 'keep-alive', '100-continue', 'gzip'),
  },
  {
    weight: 4,
    arbitrary: fc.constantFrom('x', '', 'bytes=0-3', 'upgrade', '5, 5', '18446744073709551616'),
  },
  { weight: 1, arbitrary: scrap },
)
const header = fc
  .tuple(name, usually('', fc.constantFrom(' ', '\t')), space, value, lineEnd)
  .map(([left, before, after, right, end]) => `${left}${before}:${after}${right}${end}`)
const chunk = fc
  .tuple(
    usually('5', fc.oneof(fc.constantFrom('0', '05', 'ffffffff', '5;x', ' 5', '6'), scrap)),
    lineEnd,
  )
  .chain(([size, end]) => lineEnd.map((after) => `${size}${end}hello${after}`))
const body = fc.oneof(
  fc.constant(''),
  fc.constant('hello'),
  fc.array(chunk, { maxLength: 3 }).map((all) => `${all.join('')}0\r\n\r\n`),
  scrap,
)
const requestText = fc
  .tuple(
    method,
    space,
    path,
    space,
    version,
    lineEnd,
    fc.array(header, { maxLength: 4 }),
    lineEnd,
    body,
  )
  .map(([verb, a, target, b, protocol, end, headers, last, content]) => {
    return `${verb}${a}${target}${b}${protocol}${end}Host: x\r\n${headers.join('')}${last}${content}`
  })

const mutation = fc.record({
  kind: fc.constantFrom('insert', 'replace', 'remove', 'repeat', 'swap', 'cut'),
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  size: fc.integer({ min: 1, max: 12 }),
  text: scrap,
})

function mutate(text: string, { kind, at, size, text: other }: MutationOf): string {
  const from = Math.floor(at * text.length)
  const head = text.slice(0, from)
  const picked = text.slice(from, from + size)
  const tail = text.slice(from + size)
  switch (kind) {
    case 'insert':
      return head + other + picked + tail
    case 'replace':
      return head + other + tail
    case 'remove':
      return head + tail
    case 'repeat':
      return head + picked + picked + tail
    case 'swap':
      return head + [...picked].reverse().join('') + tail
    case 'cut':
      return head
    default:
      return text
  }
}

type MutationOf = typeof mutation extends fc.Arbitrary<infer T> ? T : never

const mutated = fc
  .tuple(fc.constantFrom(...seeds), fc.array(mutation, { maxLength: 2 }))
  .map(([seed, mutations]) => mutations.reduce(mutate, seed))

const text = fc.oneof(
  { weight: 5, arbitrary: mutated },
  {
    weight: 3,
    arbitrary: fc.array(requestText, { minLength: 1, maxLength: 4 }).map((all) => all.join('')),
  },
  { weight: 1, arbitrary: fc.tuple(mutated, requestText).map((both) => both.join('')) },
)

/** Anything a client might send: grown from a grammar with flaws, or mutated from the corpus. */
export const input: fc.Arbitrary<Input> = fc.record({
  bytes: text,
  cuts: fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    {
      weight: 1,
      arbitrary: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 4 }),
    },
  ),
})

import { GATEWAY_ATTACKS } from '../victim.ts'

/** Numbers in [0, 1). */
export type Random = () => number

function pick<T>(random: Random, of: readonly T[]): T {
  return of[Math.floor(random() * of.length)] as T
}

/** The words of a text, or what stands between other separators. */
function words(text: string, between = ' '): string[] {
  return text
    .trim()
    .split(new RegExp(`${between}\\s*|\\s*\\n\\s*`))
    .filter((word) => word !== '')
}

const NAMES = ['a', 'b', 'c', 'd']
const LITERALS = [
  ...[
    '0',
    '-0',
    '1',
    '-1',
    '7.5',
    'NaN',
    '1e308',
    '2 ** 31',
    '2 ** 53',
    '10n',
    '-(2n ** 200n)',
    'null',
  ],
  ...[
    'undefined',
    'true',
    "''",
    "'x'",
    "'\\0'",
    "'\\ud800'",
    "'é'.repeat(300)",
    "'x'.repeat(70000)",
    '/a*b/g',
  ],
  ...[
    '[]',
    '{}',
    '[1, , 3]',
    'new Uint8Array(100)',
    'new Float64Array(9)',
    'Symbol.iterator',
    'globalThis',
  ],
]
const MEMBERS = words(`
  length name constructor prototype __proto__ then toString valueOf message headers url body
  status method signal href searchParams size buffer 0
`)
const CALLS = words(
  `
  Object.keys, Object.freeze, Object.create, Array.from, JSON.stringify, JSON.parse, String,
  Number, BigInt, Reflect.ownKeys, structuredClone, Promise.resolve, Promise.reject, eval,
  new Proxy, new Map, new Set, new WeakMap, new Array, new ArrayBuffer, new Date, new RegExp,
  new URL, new URLSearchParams, new Headers, new Request, new Response, Response.json,
  new Blob, new TextDecoder, new TextEncoder, atob, btoa, new FormData, new Event,
  new EventTarget, AbortSignal.any, AbortSignal.timeout, AbortSignal.abort, new ReadableStream,
  new TransformStream, setTimeout, setInterval, clearTimeout, queueMicrotask, console.log,
  console.error, fetch, crypto.getRandomValues, crypto.randomUUID, crypto.subtle.digest,
  new CompressionStream, new URLPattern, ctx.next, ctx.waitUntil, ctx.passThroughOnException,
  Function, Symbol, new Error, Atomics.add
`,
  ',',
)
const METHODS = words(`
  call apply bind map sort join push fill splice concat flat slice at replace split repeat
  padEnd normalize match then catch finally get set has append delete forEach entries text
  json arrayBuffer formData clone getReader read pipeThrough pipeTo tee cancel decode encode
  exec test dispatchEvent addEventListener subarray transfer resize next return throw toJSON
  localeCompare
`)
const OPERATORS = words('+ - * / % ** << >>> & | ^ == === < in instanceof ?? && ,')

/** A program that nobody would write, with the syntax of one that somebody could. */
export function program(random: Random): string {
  return random() < 0.3 ? mutant(random) : `let a = 1, b = 'x', c = {}, d = [];${block(random, 3)}`
}

function block(random: Random, depth: number): string {
  const count = 1 + Math.floor(random() * 4)
  return Array.from({ length: count }, () => statement(random, depth)).join('\n')
}

function statement(random: Random, depth: number): string {
  const value = () => expression(random, depth)
  if (depth === 0) return `${pick(random, NAMES)} = ${value()};`
  const inner = () => `{ ${block(random, depth - 1)} }`
  const kinds = [
    () => `${pick(random, NAMES)} = ${value()};`,
    () => `${pick(random, NAMES)} = ${value()};`,
    () => `${value()};`,
    () => `try ${inner()} catch (e) { ${pick(random, NAMES)} = e; ${block(random, 0)} }`,
    () => `try ${inner()} catch {} finally ${inner()}`,
    () => `for (let i = 0; i < ${pick(random, [2, 50, 3000])}; i++) ${inner()}`,
    () => `for (const e of ${value()}) ${inner()}`,
    () => `for (const k in ${value()}) ${inner()}`,
    () => `if (${value()}) ${inner()} else ${inner()}`,
    () => `(${value()})[${value()}] = ${value()};`,
    () =>
      `try { ${pick(random, ['Object', 'Array', 'String', 'Promise', 'Map', 'RegExp', 'Response', 'Headers'])}.prototype.${pick(random, METHODS)} = ${value()} } catch {}`,
    () => `await ${value()};`,
    () => `return ${value()};`,
    () => `throw ${value()};`,
    () => `label: while (${value()}) { ${block(random, depth - 1)}; break label }`,
  ]
  return pick(random, kinds)()
}

function expression(random: Random, depth: number): string {
  if (depth === 0) return random() < 0.5 ? pick(random, NAMES) : `(${pick(random, LITERALS)})`
  const next = () => expression(random, depth - 1)
  const list = () => Array.from({ length: Math.floor(random() * 3) }, next).join(', ')
  const kinds = [
    next,
    () => `(${next()} ${pick(random, OPERATORS)} ${next()})`,
    () => `(${next()})?.${pick(random, MEMBERS)}`,
    () => `(${next()})?.[${next()}]`,
    () => `${pick(random, CALLS)}(${list()})`,
    () => `${pick(random, CALLS)}(${list()})`,
    () => `(${next()})?.${pick(random, METHODS)}?.(${list()})`,
    () => `(${next()})?.${pick(random, METHODS)}?.(${list()})`,
    () => `[${list()}]`,
    () => `({ __proto__: ${next()} })`,
    () =>
      `({ x: ${next()}, get ${pick(random, MEMBERS)}() { return ${next()} }, ${pick(random, METHODS)}: ${next()} })`,
    () => `((...e) => ${next()})`,
    () => `(async (e) => { ${block(random, 0)} return ${next()} })`,
    () => `(function* () { yield ${next()}; yield* ${next()} })()`,
    () => `(class extends (${next()}) { constructor() { super(${list()}) } static x = ${next()} })`,
    () => `\`\${${next()}}\${${next()}}\``,
    () => `new Proxy(${next()}, { get: () => ${next()}, ownKeys: () => ${next()} })`,
    () => pick(random, ['request', 'env', 'ctx', 'request.headers', 'zeros', 'table']),
  ]
  return pick(random, kinds)()
}

const TOKEN = /[A-Za-z_$][\w$]*|\d+|'[^']*'|\s+|./g

/** An attack of the corpus with tokens lost, doubled, or taken from another one. */
function mutant(random: Random): string {
  const tokensOf = () => pick(random, GATEWAY_ATTACKS).source.match(TOKEN) ?? []
  const tokens = [...tokensOf()]
  const others = tokensOf()
  for (let changes = 1 + Math.floor(random() * 4); changes > 0; changes--) {
    const at = Math.floor(random() * tokens.length)
    const count = Math.floor(random() * 5)
    const from = Math.floor(random() * others.length)
    const spliced = random() < 0.5 ? [] : others.slice(from, from + count)
    if (random() < 0.3) tokens.splice(at, 0, ...tokens.slice(at, at + count))
    else tokens.splice(at, count, ...spliced)
  }
  return tokens.join('')
}

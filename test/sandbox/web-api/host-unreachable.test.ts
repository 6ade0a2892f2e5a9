import { expect, test } from 'vitest'
import { WholeHost } from '../host/whole-host.ts'
import { TestScript } from './harness.ts'

/**
 * Puts a spy in the place of every function a script can reach: it looks for the host's function in
 * what it is called with, and then does what the function did. So all of the bootstrap runs, poisoned.
 */
const SPIES = `
const { apply, construct, ownKeys, getOwnPropertyDescriptor, defineProperty, getPrototypeOf } = Reflect
const Seen = WeakSet, has = Seen.prototype.has, add = Seen.prototype.add
const ownName = (f) => { const d = getOwnPropertyDescriptor(f, 'name'); return d && d.value }
let leaked = '', calls = 0, isLooking = false
function look(values, where) {
  if (isLooking) return
  isLooking = true
  for (let i = 0; i < values.length; i++) {
    const value = values[i]
    if (typeof value === 'function' && ownName(value) === 'host') leaked += where + ' '
    if (typeof value !== 'object' || value === null) continue
    let keys = []
    try { keys = ownKeys(value) } catch {}
    for (let k = 0; k < keys.length && k < 50; k++) {
      const d = getOwnPropertyDescriptor(value, keys[k])
      if (d && typeof d.value === 'function' && ownName(d.value) === 'host') leaked += where + '.' + String(keys[k]) + ' '
    }
  }
  isLooking = false
}
function spyOn(original, where) {
  const spy = function (...args) {
    calls++
    look([this], where)
    look(args, where)
    return new.target ? construct(original, args, new.target === spy ? original : new.target) : apply(original, this, args)
  }
  return spy
}
function spyOnAll() {
  const seen = new Seen(), open = [[globalThis, 'globalThis']]
  while (open.length > 0) {
    const last = open[open.length - 1], object = last[0], where = last[1]
    open.length--
    if (apply(has, seen, [object])) continue
    apply(add, seen, [object])
    const prototype = getPrototypeOf(object)
    if (prototype) open[open.length] = [prototype, where + '.__proto__']
    const keys = ownKeys(object)
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i]
      const d = getOwnPropertyDescriptor(object, key)
      const path = where + '.' + String(key)
      const parts = [d.value, d.get, d.set]
      for (let j = 0; j < 3; j++) if (parts[j] && (typeof parts[j] === 'object' || typeof parts[j] === 'function')) open[open.length] = [parts[j], path]
      // Classes stay what they are, as their private fields do; their members do not.
      const isClass = typeof d.value === 'function' && getOwnPropertyDescriptor(d.value, 'prototype')
      if (!d.configurable || isClass || key === 'constructor') continue
      try {
        if (typeof d.value === 'function') defineProperty(object, key, { __proto__: null, ...d, value: spyOn(d.value, path) })
        else if (d.get || d.set) defineProperty(object, key, { __proto__: null, ...d, get: d.get && spyOn(d.get, path), set: d.set && spyOn(d.set, path) })
      } catch {}
    }
  }
  // Whatever is assigned to a plain object without having such a member passes here.
  const names = ['host', 'gatewayHost', 'gatewayModules', 'ask', 'resolve', 'reject', 'start', 'pull']
  for (let i = 0; i < names.length; i++) {
    const key = names[i]
    defineProperty(Object.prototype, key, { __proto__: null, configurable: true, get() { return undefined }, set(value) { look([value], 'Object.prototype.' + key); defineProperty(this, key, { __proto__: null, value, writable: true, enumerable: true, configurable: true }) } })
  }
}
`

/** Goes through as much of the web API as has anything to do with the host. */
const USES = `
  const used = []
  const use = async (name, work) => { try { await work(); used[used.length] = name } catch (error) { used[used.length] = name + ' threw ' + error } }
  await use('url', () => { const u = new URL('../x?a=1', 'http://h/y'); u.host = 'b'; u.searchParams.append('c', 'd'); return URL.canParse('x') })
  await use('request', async () => { request.headers.get('host'); [...request.headers]; request.url; request.method; request.gateway.clientAddress; await request.clone().text(); await request.text() })
  await use('text', () => { new TextDecoder('gbk').decode(new TextEncoder().encode('é')); atob(btoa('x')) })
  await use('timer', () => new Promise((done) => setTimeout(done, 1)))
  await use('clear', () => clearTimeout(setTimeout(() => {}, 1000)))
  await use('crypto', async () => { crypto.getRandomValues(new Uint8Array(3)); crypto.randomUUID(); await crypto.subtle.digest('SHA-256', new Uint8Array(3)) })
  await use('compression', () => new Response(new Blob(['x']).stream().pipeThrough(new CompressionStream('gzip'))).bytes())
  await use('streams', async () => { const s = new TransformStream(), w = s.writable.getWriter(); w.write('x'); await s.readable.getReader().read() })
  await use('form', async () => { const f = new FormData(); f.append('a', new Blob(['x'])); await new Response(f).formData() })
  await use('console', () => { console.log({ a: [1] }, new Error('x')); console.table([1]); console.trace() })
  await use('abort', () => { AbortSignal.any([AbortSignal.abort()]); AbortSignal.timeout(1000) })
  await use('clone', () => structuredClone(new Map([[1, { a: new Date(0) }]])))
  await use('pattern', () => new URLPattern({ pathname: '/:a' }).exec('http://h/x'))
  await use('fetch', () => fetch('http://127.0.0.1/').catch(() => {}))
  await use('next', async () => { const inner = await ctx.next(new Request('http://h/', { method: 'POST', body: 'x' })); inner.headers.get('x-inner'); inner.clone(); await inner.text() })
  await use('background', () => ctx.waitUntil(Promise.resolve()))
  await use('pass through', () => ctx.passThroughOnException())
  await use('rejections', () => { Promise.reject(new Error('x')) })
  await use('error', () => { try { new URL('') } catch (error) { look([error], 'error'); look([error.stack], 'stack') } })
`

const SCRIPT = `
${SPIES}
const { Response } = globalThis
export default { async fetch(request, env, ctx) {
  if (request.headers.get('x-spy') !== null) spyOnAll()
  ${USES}
  return new Response(JSON.stringify({ used, leaked, calls: calls > 100 }), { headers: { 'x-a': 'b' } })
} }`

test.each(['core', 'full'] as const)(
  'no function a script can replace is ever given the host, with the %s image',
  async (image) => {
    const script = new TestScript(SCRIPT, { image })
    const told = async (headers: Record<string, string>) => {
      const whole = new WholeHost()
      const { body, error } = await script.run({
        request: { method: 'POST', body: 'a body', headers },
        call: (op, a, b, c) => whole.call(op, a, b, c),
        next: async () => ({
          status: 200,
          statusText: '',
          header: () => '1',
          fields: () => ['x-inner', '1'],
          body: undefined,
        }),
      })
      whole.close()
      expect(error).toBeUndefined()
      return JSON.parse(body) as { used: string[]; leaked: string; calls: boolean }
    }
    const plain = await told({})
    expect(plain.used.filter((each) => each.includes('threw'))).toEqual([])
    const spied = await told({ 'x-spy': '1' })
    expect(spied).toEqual({ used: plain.used, leaked: '', calls: true })
  },
)

test('the places of a stack trace hold no functions', async () => {
  const script = new TestScript(`export default { fetch() {
    let seen = []
    Error.prepareStackTrace = (error, places) => { seen = places; return 'prepared' }
    try { new URL('') } catch (error) { error.stack }
    new Error('x').stack
    return Response.json(seen.map((place) => {
      const found = {}
      for (const name of ['getFunction', 'getThis', 'getEvalOrigin']) {
        try { found[name] = typeof place[name]?.() } catch { found[name] = 'threw' }
      }
      return Object.values(found).includes('function')
    }))
  } }`)
  expect((JSON.parse((await script.run()).body) as boolean[]).includes(true)).toBe(false)
})

test('no caller of a function can be asked for', async () => {
  const script = new TestScript(`export default { fetch() {
    let found = []
    function peek() {
      for (const read of [() => peek.caller, () => peek.arguments, () => arguments.callee.caller]) {
        try { const value = read(); if (typeof value === 'function') found.push(value.name) } catch {}
      }
    }
    new Headers({ get a() { peek(); return 'b' } })
    structuredClone({ get a() { peek(); return 1 } })
    return Response.json(found)
  } }`)
  expect((await script.run()).body).toBe('[]')
})

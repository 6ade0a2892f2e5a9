import { expect, test } from 'vitest'
import { TestScript } from './harness.ts'

const METHODS = {
  Array: ['push', 'join', 'map', 'slice', 'concat', 'forEach', 'indexOf', 'includes', 'shift'],
  Function: ['call', 'apply', 'bind', 'toString'],
  Promise: ['then', 'catch', 'finally'],
  String: ['split', 'slice', 'toLowerCase', 'toString', 'indexOf', 'charCodeAt'],
  RegExp: ['exec', 'test'],
  Map: ['get', 'set', 'delete', 'has'],
  WeakMap: ['get', 'set', 'has'],
  Object: ['toString', 'valueOf', 'hasOwnProperty'],
}

/** Replaces everything a careless bootstrap would look up when it answers. */
const POISON = `
  const { defineProperty } = Object
  function spy() {
    if (typeof this === 'function' && this.name === 'host') leaked = true
    for (let i = 0; i < arguments.length; i++) {
      if (typeof arguments[i] === 'function' && arguments[i].name === 'host') leaked = true
    }
    calls++
    throw 'poisoned'
  }
  ${Object.entries(METHODS)
    .flatMap(([Class, names]) => names.map((name) => `${Class}.prototype.${name} = spy`))
    .join(';')}
  ${['keys', 'entries', 'assign', 'defineProperty', 'getPrototypeOf', 'hasOwn'].map((name) => `Object.${name} = spy`).join(';')}
  ${['status', 'headers', 'body', 'then', 'host', 'message', 'resolve']
    .map(
      (name) =>
        `defineProperty(Object.prototype, '${name}', { __proto__: null, get() { return undefined }, set: spy, configurable: true })`,
    )
    .join(';')}
  ${[0, 1, 2].map((index) => `defineProperty(Array.prototype, ${index}, { __proto__: null, set: spy, get: spy, configurable: true })`).join(';')}
  JSON.stringify = JSON.parse = Reflect.apply = Symbol.prototype.toString = spy
  globalThis.Promise = globalThis.Error = globalThis.String = globalThis.Response = globalThis.Uint8Array = spy
  Array.prototype[Symbol.iterator] = String.prototype[Symbol.iterator] = spy
`

const SCRIPT = `
const { Response } = globalThis
let isPoisoned = false, leaked = false, calls = 0
export default { async fetch(request) {
  const { Response: kept } = { Response }
  if (request.headers.get('x-poison') === '1') { isPoisoned = true; ${POISON} }
  if (request.headers.get('x-wait') === '1') await null
  return new kept('fine ' + isPoisoned + leaked + calls + ' ' + request.headers.get('host'))
} }`

test('poisoned prototypes neither break the answer nor see the host', async () => {
  const script = new TestScript(SCRIPT)
  for (const wait of ['0', '1']) {
    const request = { headers: { 'x-poison': '1', 'x-wait': wait } }
    const outcome = await script.run({ request })
    expect(outcome.error).toBeUndefined()
    expect(outcome).toMatchObject({ status: 200, body: 'fine truefalse0 shop.example' })
    expect(outcome.fields).toEqual(['content-type', 'text/plain;charset=UTF-8'])
    expect(await script.run()).toMatchObject({ status: 200, body: 'fine falsefalse0 shop.example' })
  }
})

test('a script that keeps its state is served after it has poisoned itself', async () => {
  const script = new TestScript(SCRIPT)
  await script.run({ state: 'reuse', request: { headers: { 'x-poison': '1' } } })
  const outcome = await script.run({ state: 'reuse' })
  expect(outcome).toMatchObject({ status: 200, body: 'fine truefalse0 shop.example' })
})

test('getters of a subclass do not decide what is answered', async () => {
  const script = new TestScript(`export default { fetch() {
    class Forged extends Response {
      get status() { return 999 }
      get headers() { return { get: () => 'forged' } }
      get body() { throw 1 }
    }
    return new Forged('true', { status: 201 })
  } }`)
  expect(await script.run()).toMatchObject({ status: 201, body: 'true' })
})

test('nothing of the bootstrap is left on the global object', async () => {
  const script = new TestScript(`export default { fetch() {
    const names = ['host', 'enter', 'settle', 'load', 'gatewayHost', 'gatewayModules', 'addPart']
    return Response.json([...names.filter((name) => name in globalThis), globalThis.__script ?? 'nothing'])
  } }`)
  expect((await script.run()).body).toBe('["nothing"]')
})

test('the source of the bootstrap does not name the host where a script could read it', async () => {
  const script = new TestScript(`export default { fetch() {
    const seen = []
    const look = (value, depth) => {
      if (depth === 0 || (typeof value !== 'object' && typeof value !== 'function') || value === null) return
      for (const key of Reflect.ownKeys(value)) {
        const { value: member, get } = Object.getOwnPropertyDescriptor(value, key)
        for (const each of [member, get]) {
          if (typeof each === 'function' && each.name === 'host') seen.push(String(key))
          look(each, depth - 1)
        }
      }
    }
    look(globalThis, 4)
    return Response.json(seen)
  } }`)
  expect((await script.run()).body).toBe('[]')
})

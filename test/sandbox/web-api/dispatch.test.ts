import { expect, test } from 'vitest'
import { get, responseView, TestScript } from './harness.ts'

test.each([
  ['a function', `export default () => new Response('x')`],
  ['an object', `export default { fetch: () => new Response('x') }`],
  ['an async function', `export default async () => new Response('x')`],
  [
    'an instance',
    `class App { word = 'x'; fetch() { return new Response(this.word) } } export default new App()`,
  ],
  [
    'an instance whose other names are no hooks',
    `class App { fetch() { return new Response('x') } access() { throw 1 } } export default new App()`,
  ],
])('%s is a script', async (_, source) => {
  const script = new TestScript(source)
  expect(script.hooks).toEqual(['fetch'])
  expect(await script.run()).toMatchObject({
    kind: 'answered',
    body: 'x',
    over: 1,
    verdict: 'done',
  })
})

test.each([
  ['nothing', 'export const x = 1', 'neither a function nor an object'],
  ['an object without hooks', 'export default {}', 'neither a function nor an object'],
  ['a text', `export default 'x'`, 'neither a function nor an object'],
  ['a throw', `throw new RangeError('at load')`, 'at load'],
  [
    'a fetch at load',
    `fetch('http://h').catch(() => {}); crypto.randomUUID(); export default () => {}`,
    'needs a request',
  ],
])('%s is no script', (_, source, message) => {
  expect(() => new TestScript(source)).toThrow(message)
})

test('all hooks are found, and env holds bindings, secrets and values', async () => {
  const hooks = ['fetch', 'access', 'request', 'response', 'balance', 'log', 'scheduled']
  const script = new TestScript(
    `export default {
    ${hooks.map((hook) => `${hook}() {}`).join(',')},
    variables: { plan: (request, env) => env.PLAN + env.DEEP.a[0] + typeof env.API.fetch + typeof env.CACHE.get },
  }`,
    {
      bindings: {
        PLAN: { kind: 'value', value: 'gold' },
        DEEP: { kind: 'value', value: { a: [1] } },
        API: { kind: 'fetcher', fetcher: 1 },
        CACHE: { kind: 'kv', namespace: 0 },
      },
    },
  )
  expect(script.hooks).toEqual([
    'fetch',
    'access',
    'request',
    'response',
    'balance',
    'variables',
    'log',
    'scheduled',
  ])
  expect(script.variables).toEqual(['plan'])
  expect(await script.run({ entry: ['variables', 'plan'] })).toMatchObject({
    kind: 'found',
    value: 'gold1functionfunction',
  })
  expect(await script.run({ entry: ['variables', 'toString'] })).toMatchObject({ kind: 'failed' })
})

test('what fetch does not return as a Response is an error of the script', async () => {
  for (const value of [
    'undefined',
    'null',
    '"text"',
    '{ status: 200 }',
    'Promise.resolve(1)',
    '{ __proto__: Response.prototype }',
  ]) {
    const outcome = await get(`export default { fetch: () => (${value}) }`)
    expect(outcome).toMatchObject({ kind: 'failed', error: { name: 'TypeError' } })
  }
})

test('an error tells name, message and where', async () => {
  for (const source of [
    `fetch() { throw new RangeError('no tea') }`,
    `async fetch() { await 1; throw new RangeError('no tea') }`,
  ]) {
    const { error } = await get(`export default {\n${source} }`)
    expect(error).toMatchObject({ name: 'RangeError', message: 'no tea' })
    expect((error as Error).stack).toContain('script.ts:')
  }
  expect(await get(`export default { fetch() { throw 'text' } }`)).toMatchObject({
    error: { message: 'text' },
  })
  const hostile = `throw { get message() { throw 1 }, get stack() { return { toString() { throw 2 } } }, name: Symbol() }`
  expect(await get(`export default { fetch() { ${hostile} } }`)).toMatchObject({
    kind: 'failed',
    error: { message: '', stack: '' },
  })
})

test('thenables and promises of subclasses are waited for', async () => {
  for (const value of [
    `({ then(resolve) { resolve(new Response('x')) } })`,
    `new (class extends Promise {})((resolve) => resolve(new Response('x')))`,
    `(async () => { await null; return { then: (resolve) => resolve(new Response('x')) } })()`,
  ]) {
    expect(await get(`export default { fetch: () => ${value} }`)).toMatchObject({
      kind: 'answered',
      body: 'x',
    })
  }
})

test('access refuses with a Response, and lets pass with nothing', async () => {
  const script = new TestScript(`export default { access({ headers }) {
    if (headers.get('x-key') === null) return new Response('no', { status: 401 })
  } }`)
  expect(await script.run({ entry: ['access'] })).toMatchObject({ status: 401, body: 'no' })
  const request = { headers: { 'x-key': '1' } }
  expect(await script.run({ entry: ['access'], request })).toMatchObject({
    kind: 'passed',
    over: 1,
  })
})

test('request gives another request, or names an upstream', async () => {
  const script = new TestScript(`export default { request(request, env, ctx) {
    ctx.upstream = 'canary'
    const headers = new Headers(request.headers)
    headers.set('x-a', '1')
    return new Request('https://shop.example/other', { method: 'PUT', headers, body: 'new' })
  } }`)
  const outcome = await script.run({ entry: ['request'] })
  expect(outcome).toMatchObject({ kind: 'rewritten', upstream: 'canary' })
  expect(outcome.rewritten).toMatchObject({
    method: 'PUT',
    url: 'https://shop.example/other',
    body: 'new',
  })
  expect(outcome.rewritten?.fields).toEqual([
    'host',
    'shop.example',
    'x-a',
    '1',
    'content-type',
    'text/plain;charset=UTF-8',
  ])
  const kept = await get(
    `export default { request: (request) => new Request('https://h/', request) }`,
    {
      entry: ['request'],
      request: { method: 'POST', body: 'body' },
    },
  )
  expect(kept.rewritten).toMatchObject({ method: 'POST', url: 'https://h/' })
  expect(kept.ops).not.toContain(65)
})

const inner = () => responseView(201, ['x-from', 'handler'], 'inner')

test('response filters what the handler answers', async () => {
  const filter = (source: string) => get(source, { entry: ['response', 1201], response: inner() })
  expect(await filter(`export default { response() {} }`)).toMatchObject({ kind: 'passed' })
  const headers = await filter(`export default { response(response, request) {
    const changed = new Response(response.body, response)
    changed.headers.set('x-seen', response.headers.get('x-from') + request.method + response.statusText)
    return changed
  } }`)
  expect(headers).toMatchObject({
    status: 201,
    body: 'inner',
    fields: ['x-from', 'handler', 'x-seen', 'handlerGETReason'],
  })
  expect(headers.ops).not.toContain(66)
  const body = await filter(`export default { async response(response) {
    return new Response((await response.text()).toUpperCase(), { status: response.status })
  } }`)
  expect(body).toMatchObject({ status: 201, body: 'INNER' })
})

test('next runs the handler; what it answers is passed on without being read', async () => {
  const asked: unknown[] = []
  const next = async (request: unknown) => {
    asked.push(request)
    return inner()
  }
  const passed = await get(`export default { fetch: (request, env, ctx) => ctx.next() }`, { next })
  expect(passed).toMatchObject({
    status: 201,
    fields: ['x-from', 'handler'],
    body: 'inner',
    ops: [22, 0],
  })
  const wrapped = await get(
    `export default { async fetch(request, env, ctx) {
      const response = await ctx.next(new Request('https://h/x', { method: 'POST', body: 'b' }))
      return new Response('<' + await response.text() + '>', response)
    } }`,
    { next },
  )
  expect(wrapped).toMatchObject({ status: 201, body: '<inner>' })
  expect(asked).toMatchObject([undefined, { method: 'POST', url: 'https://h/x', body: 'b' }])
  const none = await get(
    `export default { fetch: (request, env, ctx) => ctx.next().catch((e) => new Response(e.name + (e instanceof DOMException))) }`,
  )
  expect(none.body).toBe('NotSupportedErrortrue')
})

test('balance, log and scheduled get what they are about', async () => {
  const script = new TestScript(`export default {
    balance: (peers, request) => peers.find((peer) => peer.name !== request.gateway.tenant).name,
    log(entry) { console.log(entry.status) },
    async scheduled(event) { await 1; console.log(event.cron) },
  }`)
  const peers = JSON.stringify([{ name: 'the tenant' }, { name: 'b' }])
  expect(await script.run({ entry: ['balance', peers] })).toMatchObject({
    kind: 'found',
    value: 'b',
  })
  expect(await script.run({ entry: ['log', '{"status":200}'] })).toMatchObject({
    kind: 'passed',
    logs: ['info: 200'],
  })
  const scheduled = await script.run({ entry: ['scheduled', '{"cron":"* * * * *"}'] })
  expect(scheduled).toMatchObject({ kind: 'passed', logs: ['info: * * * * *'], over: 1 })
})

test('request.gateway asks for what is read', async () => {
  const outcome = await get(
    `export default { fetch: ({ gateway }) => new Response(gateway.clientAddress + gateway.requestId) }`,
  )
  expect(outcome).toMatchObject({ body: 'the clientAddressthe requestId', ops: [20, 20, 0] })
})

test('waitUntil lets the run outlive its answer, and reports what fails', async () => {
  const outcome = await get(`export default { fetch(request, env, ctx) {
    ctx.waitUntil(new Promise((resolve) => setTimeout(() => { console.log('done'); resolve() }, 1)))
    ctx.waitUntil(Promise.reject(new RangeError('late')))
    ctx.waitUntil('no promise')
    return new Response('x')
  } }`)
  expect(outcome).toMatchObject({ body: 'x', logs: ['info: done'], over: 1 })
  expect(outcome.reported).toMatchObject([{ name: 'RangeError', message: 'late' }])
})

test('without waitUntil a run ends with its answer', async () => {
  const outcome = await get(`export default { fetch() {
    setTimeout(() => console.log('never'), 60_000)
    return new Response('x')
  } }`)
  expect(outcome).toMatchObject({ body: 'x', logs: [], over: 1, verdict: 'aborted' })
})

test('passThroughOnException is told', async () => {
  const outcome = await get(
    `export default { fetch(request, env, ctx) { ctx.passThroughOnException(); throw 1 } }`,
  )
  expect(outcome).toMatchObject({ kind: 'failed', passThrough: true })
})

test('the signal of the request aborts once the client has gone', async () => {
  let leave = () => {}
  const clientGone = new Promise<void>((resolve) => {
    leave = resolve
  })
  const running = get(
    `export default { fetch: ({ signal }) => new Promise((resolve) =>
      signal.addEventListener('abort', () => resolve(new Response(signal.reason.name)))) }`,
    { clientGone },
  )
  leave()
  expect((await running).body).toBe('AbortError')
})

test('timers run in the order of their times, and can be stopped', async () => {
  const outcome = await get(`export default { async fetch() {
    const seen = []
    setTimeout((...args) => seen.push(...args), 1, 'a', 'b')
    clearTimeout(setTimeout(() => seen.push('never'), 1))
    let ticks = 0
    await new Promise((resolve) => {
      const id = setInterval(() => { seen.push(++ticks); if (ticks === 3) { clearInterval(id); resolve() } }, 2)
    })
    setTimeout(() => { throw new Error('in a timer') }, 0)
    await new Promise((resolve) => setTimeout(resolve, 1))
    clearTimeout(undefined); clearTimeout(99); clearTimeout('x')
    return Response.json(seen)
  } }`)
  expect(outcome.body).toBe('["a","b",1,2,3]')
  expect(outcome.reported).toMatchObject([{ message: 'in a timer' }])
})

test('a trivial script makes one call', async () => {
  expect((await get(`export default { fetch: () => new Response('x') }`)).ops).toEqual([0])
})

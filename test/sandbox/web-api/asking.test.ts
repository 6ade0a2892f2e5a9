import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import type { Crossing } from '../../../sandbox/border/crossing.ts'
import { REQUEST } from '../../../sandbox/border/messages.ts'
import { CompressionOp, CryptoOp, FetchOp, KvOp } from '../../../sandbox/border/ops.ts'
import { refusal } from '../../../sandbox/border/refusal.ts'
import { chunks, get, type Outcome, type TestOptions } from './harness.ts'

type Asked = [op: number, ...values: Crossing[]]

/** Runs a script and notes what it asks; `answer` answers. */
async function asking(
  source: string,
  answer: (op: number, a: Crossing, b: Crossing, c: Crossing) => Crossing | Promise<Crossing>,
  options: TestOptions = {},
): Promise<{ outcome: Outcome; asked: Asked[] }> {
  const asked: Asked[] = []
  const outcome = await get(source, {
    ...options,
    call(op, a, b, c) {
      asked.push([op, a, b, c])
      return answer(op, a, b, c)
    },
  })
  return { outcome, asked }
}

const HEAD = '201\nMade\nhttps://other/\nredirected\nx-a\n1\nset-cookie\na=1\nset-cookie\nb=2'

const bytes = (from: string | number[]) => new Uint8Array(Buffer.from(from as string))

test('fetch sends head and body, and gives what is answered', async () => {
  const { outcome, asked } = await asking(
    `export default { async fetch() {
      const response = await fetch('https://api.example/x', { method: 'POST', headers: { 'x-b': '2' }, body: 'é' })
      const { status, statusText, url, redirected } = response
      return Response.json([status, statusText, url, redirected, response.headers.getSetCookie(), await response.text()])
    } }`,
    (op) => (op === FetchOp.open ? 5 : Promise.resolve(HEAD)),
    { fetched: (id) => (id === 5 ? chunks('an', 'swer') : undefined) },
  )
  expect(JSON.parse(outcome.body)).toEqual([
    201,
    'Made',
    'https://other/',
    true,
    ['a=1', 'b=2'],
    'answer',
  ])
  const head = 'POST\nhttps://api.example/x\nfollow\nx-b\n2\ncontent-type\ntext/plain;charset=UTF-8'
  expect(asked[0]).toEqual([FetchOp.open, head, bytes('é'), 0])
  expect(asked[1]).toEqual([FetchOp.send, 5, undefined, undefined])
})

test('a binding fetches by its number; what it answers is passed on unseen', async () => {
  const { outcome, asked } = await asking(
    `export default { fetch: (request, env) => env.API.fetch(request) }`,
    (op) => (op === FetchOp.open ? 1 : Promise.resolve(HEAD)),
    {
      bindings: { API: { kind: 'fetcher', fetcher: 3 } },
      fetched: () => chunks('unseen'),
      request: { method: 'PUT', body: chunks('the ', 'body') },
    },
  )
  expect(outcome).toMatchObject({ status: 201, body: 'unseen' })
  expect(outcome.fields).toEqual(['x-a', '1', 'set-cookie', 'a=1', 'set-cookie', 'b=2'])
  expect(asked[0]?.[1]).toBe('PUT\nhttps://shop.example/path?a=1\nfollow\nhost\nshop.example')
  // The body is sent on unseen as well.
  expect(asked[0]?.[2]).toBe(REQUEST)
  expect(asked[0]?.[3]).toBe(3)
})

test('a stream of the script’s own is written while it is sent', async () => {
  const { outcome, asked } = await asking(
    `export default { fetch: () => fetch('http://h/', { method: 'POST', body: new Blob(['ab', 'cd']).stream().pipeThrough(new TransformStream()) }) }`,
    (op) => (op === FetchOp.open ? 7 : Promise.resolve(op === FetchOp.send ? HEAD : undefined)),
    { fetched: () => chunks('done') },
  )
  expect(outcome.body).toBe('done')
  expect(asked[0]).toEqual([FetchOp.open, 'POST\nhttp://h/\nfollow', 'stream', 0])
  expect(asked.slice(1)).toEqual([
    [FetchOp.send, 7, undefined, undefined],
    [FetchOp.write, 7, bytes('abcd'), undefined],
    [FetchOp.write, 7, undefined, undefined],
  ])
})

test('a stream that breaks ends its fetch; one that is not taken any more is cancelled', async () => {
  const broken = await asking(
    `export default { fetch: () => fetch('http://h/', { method: 'POST', body: new ReadableStream({ pull() { throw new Error('broke') } }) })
      .catch((error) => new Response(error.name)) }`,
    abortable(),
  )
  expect(broken.outcome.body).toBe('AbortError')
  expect(broken.asked.map(([op]) => op)).toEqual([FetchOp.open, FetchOp.send, FetchOp.abort])
  const early = await asking(
    `let cancelled = 'no'
    export default { async fetch() {
      const body = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(1)), cancel: () => { cancelled = 'yes' } })
      const answer = await fetch('http://h/', { method: 'POST', body })
      return new Response(cancelled + (await answer.text()))
    } }`,
    (op) => {
      if (op === FetchOp.open) return 1
      if (op === FetchOp.write) return Promise.reject(refusal('AbortError', 'aborted'))
      return new Promise((resolve) => setImmediate(() => resolve(HEAD)))
    },
    { fetched: () => chunks('early') },
  )
  expect(early.outcome.body).toBe('yesearly')
  expect(early.asked.map(([op]) => op)).not.toContain(FetchOp.abort)
})

test('a refused fetch rejects with the error the host names', async () => {
  const { outcome } = await asking(
    `export default { fetch: () => fetch('http://169.254.169.254/').catch((e) => new Response(e.name + ': ' + e.message)) }`,
    (op) =>
      op === FetchOp.open ? 1 : Promise.reject(refusal('TypeError', 'the host is not allowed')),
  )
  expect(outcome.body).toBe('TypeError: the host is not allowed')
})

test('a fetch that is aborted ends at the host, and rejects with the reason', async () => {
  const { outcome, asked } = await asking(
    `export default { async fetch() {
      const controller = new AbortController()
      const answer = fetch('http://h/', { signal: controller.signal })
      setTimeout(() => controller.abort(new RangeError('enough')), 0)
      return answer.catch((error) => new Response(error.message))
    } }`,
    abortable(),
  )
  expect(outcome.body).toBe('enough')
  expect(asked.map(([op]) => op)).toEqual([FetchOp.open, FetchOp.send, FetchOp.abort])
})

function abortable() {
  let reject: (error: Error) => void = () => {}
  return (op: number): Crossing | Promise<Crossing> => {
    if (op === FetchOp.open) return 1
    if (op === FetchOp.send)
      return new Promise((_, fail) => {
        reject = fail
      })
    reject(refusal('AbortError', 'aborted'))
    return undefined
  }
}

test('KV: values, metadata, lists', async () => {
  const store: Record<string, string> = { text: '\nvalue', json: '{"m":1}\n{"a":[1]}', empty: '\n' }
  const { outcome, asked } = await asking(
    `export default { async fetch(request, { CACHE }) {
      await CACHE.put('k\\n1', 'v', { expirationTtl: 60, metadata: { x: 1 } })
      await CACHE.put('bytes', new Uint8Array([1, 2]).buffer, { expiration: 5 })
      await CACHE.delete('gone')
      return Response.json([
        await CACHE.get('text'), await CACHE.get('none'), await CACHE.get('json', 'json'), await CACHE.get('empty'),
        await CACHE.getWithMetadata('json', { type: 'text' }), await CACHE.getWithMetadata('none'),
        [...new Uint8Array(await CACHE.get('text', 'arrayBuffer'))], await new Response(await CACHE.get('text', 'stream')).text(),
        await CACHE.list({ prefix: 'a', limit: 2 }),
      ])
    } }`,
    (op, _, key, c) => {
      if (op === KvOp.list)
        return JSON.stringify({ keys: [{ name: 'a', metadata: '{"m":1}' }], list_complete: true })
      const found = op === KvOp.get ? store[key as string] : undefined
      return Promise.resolve(found !== undefined && c === 'bytes' ? Buffer.from(found) : found)
    },
    { bindings: { CACHE: { kind: 'kv', namespace: 2 } } },
  )
  expect(JSON.parse(outcome.body)).toEqual([
    'value',
    null,
    { a: [1] },
    '',
    { value: '{"a":[1]}', metadata: { m: 1 } },
    { value: null, metadata: null },
    [...Buffer.from('value')],
    'value',
    { keys: [{ name: 'a', metadata: { m: 1 } }], list_complete: true },
  ])
  expect(asked.slice(0, 3)).toEqual([
    [KvOp.put, 2, '\n60\n{"x":1}\nk\n1', 'v'],
    [KvOp.put, 2, '5\n\n\nbytes', bytes([1, 2])],
    [KvOp.delete, 2, 'gone', undefined],
  ])
  expect(asked.at(-1)).toEqual([KvOp.list, 2, '2\n\na', undefined])
})

test('crypto: random values and UUIDs', async () => {
  const outcome = await get(`export default { fetch() {
    const array = new Uint32Array(4)
    const names = [() => crypto.getRandomValues(new Float64Array(1)), () => crypto.getRandomValues(new Uint8Array(65537))]
      .map((f) => { try { f() } catch (e) { return e.name } })
    return Response.json([crypto.getRandomValues(array) === array, array.some(Boolean), /^[0-9a-f-]{36}$/.test(crypto.randomUUID()), names, String(crypto)])
  } }`)
  expect(JSON.parse(outcome.body)).toEqual([
    true,
    true,
    true,
    ['TypeMismatchError', 'QuotaExceededError'],
    '[object Crypto]',
  ])
})

test('crypto.subtle asks with JSON and bytes, and keys stay at the host', async () => {
  const key = {
    id: 4,
    type: 'secret',
    extractable: false,
    usages: ['sign'],
    algorithm: { name: 'HMAC' },
  }
  const { outcome, asked } = await asking(
    `export default { async fetch() {
      const key = await crypto.subtle.importKey('raw', new Uint8Array([1, 2]), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
      const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode('x'))
      const signature = await crypto.subtle.sign('HMAC', key, new Uint8Array([3]))
      const isValid = await crypto.subtle.verify({ name: 'X', iv: new Uint8Array([255, 0]) }, key, signature, new Uint8Array([3]))
      const wrong = await crypto.subtle.sign('HMAC', {}, new Uint8Array(1)).catch((error) => error.name)
      return Response.json([key.type, key.extractable, key.usages, key.algorithm, String(key), [...new Uint8Array(digest)], isValid, wrong])
    } }`,
    (_, request) => {
      const { method } = JSON.parse(request as string)
      if (method === 'importKey') return Promise.resolve(JSON.stringify(key))
      return method === 'verify' ? 'true' : Buffer.from([9, 8])
    },
  )
  expect(JSON.parse(outcome.body)).toEqual([
    'secret',
    false,
    ['sign'],
    { name: 'HMAC' },
    '[object CryptoKey]',
    [9, 8],
    true,
    'TypeError',
  ])
  expect(asked.map(([op, json, ...data]) => [op, JSON.parse(json as string), ...data])).toEqual([
    [
      CryptoOp.subtle,
      {
        method: 'importKey',
        format: 'raw',
        algorithm: { name: 'HMAC', hash: 'SHA-256' },
        extractable: false,
        usages: ['sign'],
      },
      bytes([1, 2]),
      undefined,
    ],
    [CryptoOp.subtle, { method: 'digest', algorithm: 'SHA-256' }, bytes('x'), undefined],
    [CryptoOp.subtle, { method: 'sign', algorithm: 'HMAC', key: 4 }, bytes([3]), undefined],
    [
      CryptoOp.subtle,
      { method: 'verify', algorithm: { name: 'X', iv: '/wA=' }, key: 4 },
      bytes([9, 8]),
      bytes([3]),
    ],
  ])
})

test('what the host refuses by a name of the DOM is a DOMException, now or later', async () => {
  const source = `export default { fetch: () => crypto.subtle.digest('MD5', new Uint8Array(1))
    .catch((error) => Response.json([error.name, error.code, error instanceof DOMException])) }`
  const fault = refusal('NotSupportedError', 'no')
  const now = await asking(source, () => {
    throw fault
  })
  const later = await asking(source, () => Promise.reject(fault))
  for (const { outcome } of [now, later]) expect(outcome.body).toBe('["NotSupportedError",9,true]')
})

/** Compresses at the end, in two pieces. */
function compressor() {
  const given: Uint8Array[] = []
  let pieces: Uint8Array[] = []
  return (op: number, a: Crossing, b: Crossing): Crossing | Promise<Crossing> => {
    if (op === CompressionOp.open) return 1
    if (op === CompressionOp.close) return undefined
    if (op === CompressionOp.pull) return Promise.resolve(pieces.shift())
    if (b !== undefined) given.push(b as Uint8Array)
    else {
      const whole = gzipSync(Buffer.concat(given))
      pieces = [whole.subarray(0, 5), whole.subarray(5)]
    }
    return a === 1 ? undefined : 0
  }
}

test('a compression stream gives what comes out of the host, piece by piece', async () => {
  const { outcome, asked } = await asking(
    `export default { fetch: () => new Response(new Blob(['hello ', 'world']).stream().pipeThrough(new CompressionStream('gzip')).pipeThrough(new TransformStream({
      transform(chunk, controller) { controller.enqueue(new TextEncoder().encode([...chunk].join() + ',')) },
    }))) }`,
    compressor(),
  )
  expect(outcome.body).toBe(`${[...gzipSync('hello world')].join()},`)
  expect(asked[0]).toEqual([CompressionOp.open, 'compress gzip', undefined, undefined])
  expect(asked.at(-1)).toEqual([CompressionOp.close, 1, undefined, undefined])
  const wrong = await get(`export default { fetch() { new DecompressionStream('zip') } }`)
  expect(wrong.error).toMatchObject({ name: 'TypeError' })
})

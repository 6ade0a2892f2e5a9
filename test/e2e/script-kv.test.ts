import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test as always, beforeAll, describe, expect } from 'vitest'
import type { Gateway } from '../harness/gateway.ts'
import { connect, GET, get } from '../harness/raw-client.ts'
import { sqliteMissing } from '../harness/sqlite-missing.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { until } from '../harness/wait.ts'

const test = always.skipIf(sqliteMissing)

const STORE = `
interface Store { get(key: string, type?: string): Promise<any>; getWithMetadata(key: string): Promise<any>; put(key: string, value: unknown, options?: object): Promise<void>; delete(key: string): Promise<void>; list(options?: object): Promise<any> }
export default { async fetch(request: Request, env: { CACHE: Store; OTHER: Store }, ctx: { waitUntil(promise: Promise<unknown>): void }) {
  const { pathname, searchParams } = new URL(request.url)
  const key = searchParams.get('key') ?? ''
  const what = pathname.split('/').at(-1)
  if (what === 'get') return new Response(await env.CACHE.get(key))
  if (what === 'other') return new Response(await env.OTHER.get(key))
  if (what === 'put') { await env.CACHE.put(key, searchParams.get('value')); return new Response('put') }
  if (what === 'count') { const n = Number(await env.CACHE.get('n')) + 1; await env.CACHE.put('n', String(n)); return new Response(String(n)) }
  if (what === 'behind') { ctx.waitUntil((async () => { await new Promise((done) => setTimeout(done, 5)); await env.CACHE.put(key, 'behind') })()); return new Response('answered') }
  if (what === 'all') {
    await env.CACHE.put('a/1', new Uint8Array([1, 2]), { metadata: { m: 1 } })
    await env.CACHE.put('a/2', '{"x":[1]}', { expirationTtl: 3600 })
    await env.CACHE.put('a/3', 'x'.repeat(200_000))
    await env.CACHE.delete('a/none')
    const { keys, list_complete } = await env.CACHE.list({ prefix: 'a/' })
    return Response.json([
      (await env.CACHE.getWithMetadata('a/1')).metadata, [...new Uint8Array(await env.CACHE.get('a/1', 'arrayBuffer'))],
      (await env.CACHE.get('a/2', 'json')).x, (await env.CACHE.get('a/3')).length, await env.CACHE.get('a/none'),
      keys.map(({ name, metadata, expiration }: any) => [name, metadata, expiration > Date.now() / 1000]), list_complete,
    ])
  }
  if (what === 'bad') return new Response(await env.CACHE.put(key, '').catch((error) => error.name + ': ' + error.message))
  for (let i = 0; ; i++) try { await env.CACHE.get('k') } catch (error) { return new Response(i + ' ' + (error as Error).message) }
} }
`

let gateway: Gateway
const YAML = `
worker_processes: 2
http:
  server:
    - listen: 127.0.0.1:%%PORT%%
      add_header: X-Pid $pid
      location:
        /acme/: { script: { file: store.ts, tenant: acme, bindings: { CACHE: kv:sessions, OTHER: kv:other } } }
        /acme/too/: { script: { file: store.ts, tenant: acme, bindings: { CACHE: kv:sessions } } }
        /other/: { script: { file: store.ts, tenant: other, bindings: { CACHE: kv:sessions } } }
        /broken/: { script: { file: store.ts, tenant: acme, kv_path: store.ts, bindings: { CACHE: kv:sessions } } }
        /apart/: { script: { file: store.ts, tenant: acme, kv_path: elsewhere, bindings: { CACHE: kv:sessions } } }
`

beforeAll(async () => {
  if (sqliteMissing) return
  gateway = await startGateway({ files: { 'store.ts': STORE }, yaml: YAML, expected: ['script "'] })
}, 60_000)

const text = async (path: string) => (await get(gateway.port(), path)).text

/** Asks until both workers have answered, and gives what each of them said. */
async function ofBoth(path: string): Promise<string[]> {
  const said = new Map<string, string>()
  await until('an answer of each worker', async () => {
    // Connections that stay open are shared out among the workers.
    const client = await connect(gateway.port())
    const answer = await client.exchange(GET(path))
    said.set(answer.headers.get('x-pid') ?? '', answer.text)
    return said.size === 2
  })
  return [...said.values()]
}

describe('a namespace', () => {
  test('is shared by all workers', async () => {
    expect(await text('/acme/put?key=shared&value=by-one')).toBe('put')
    expect(await ofBoth('/acme/get?key=shared')).toEqual(['by-one', 'by-one'])
  })

  test('has values with their metadata, and lists of them', async () => {
    expect(JSON.parse(await text('/acme/all'))).toEqual([
      ...[{ m: 1 }, [1, 2], [1], 200_000, null],
      [
        ['a/1', { m: 1 }, false],
        ['a/2', null, true],
        ['a/3', null, false],
      ],
      true,
    ])
  })

  test('is one of its tenant: others of the same name know nothing of it', async () => {
    await text('/acme/put?key=whose&value=acme')
    expect(await text('/acme/too/get?key=whose')).toBe('acme')
    expect(await text('/other/get?key=whose')).toBe('')
    expect(await text('/acme/other?key=whose')).toBe('')
    expect(await text('/apart/get?key=whose')).toBe('')
    await text('/apart/put?key=whose&value=apart')
    expect(await text('/acme/get?key=whose')).toBe('acme')
    for (const file of ['.gateway/kv/acme', '.gateway/kv/other', 'elsewhere/acme']) {
      expect(existsSync(join(gateway.dir, file, 'sessions.kv'))).toBe(true)
    }
  })

  test('keeps what it has across a reload', async () => {
    expect(await text('/other/count')).toBe('1')
    expect(await text('/other/count')).toBe('2')
    await gateway.reload()
    expect(await text('/other/count')).toBe('3')
  })

  test('is written behind the answer where the run is held', async () => {
    expect(await text('/acme/behind?key=later')).toBe('answered')
    await until('the value', async () => (await text('/acme/get?key=later')) === 'behind')
  })

  test('that cannot be opened is told to the operator, and no more than that to the script', async () => {
    expect(await text('/broken/bad')).toBe(
      'Error: KV: the namespace cannot be used (kv_unavailable)',
    )
    await gateway.logged(/\[error\] .*script "store.ts" .*kv_unavailable: ENOTDIR/)
  })

  test('refuses what it cannot take, and more than a run may ask', async () => {
    expect(await text('/acme/bad')).toBe('TypeError: KV: the key is empty (kv_bad_argument)')
    expect(await text('/acme/flood')).toBe(
      '1000 more than 1000 KV operations (kv_operations_limit)',
    )
  })
})

import { createHash, randomBytes } from 'node:crypto'
import { once as event } from 'node:events'
import { readdirSync, readlinkSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test, vi } from 'vitest'
import { besideNginx, type More } from '../harness/beside-nginx.ts'
import { onCleanup } from '../harness/cleanup.ts'
import { httpOrigin, type Recorded } from '../harness/http-origin.ts'
import { startLoad } from '../harness/load.ts'
import { nginxMissing } from '../harness/nginx.ts'
import { type OriginPeer, origin } from '../harness/origin.ts'
import { freePort } from '../harness/ports.ts'
import { chunked, connect, GET, get, once, request } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { activeConnections } from '../harness/stub-status.ts'
import { until } from '../harness/wait.ts'

// Two servers are started, and the machine may be busy.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

/** A mirror that answers nothing until it is told to. */
async function reluctant() {
  let waiting: (() => void)[] | undefined = []
  const copies = await httpOrigin(async () => {
    await new Promise<void>((resolve) => (waiting ? waiting.push(resolve) : resolve()))
    return { body: 'late' }
  })
  return {
    copies,
    reached: (count: number) => until(`${count} copies`, () => copies.requests.length >= count),
    /** From now on, those to come included. */
    answerAll: () => {
      for (const answer of waiting ?? []) answer()
      waiting = undefined
    },
  }
}

const files = { 'www/file': 'ok' }

const yaml = (mirrored: string) => `
worker_processes: 1
events: { worker_connections: 64 }
http:
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
        /: { mirror: /copy, root: "%%DIR%%/www", try_files: /file =404 }
        = /copy: { internal: on, proxy_pass: "http://${mirrored}$request_uri" }
        = /status: { stub_status: on }
`

const told = ({ method, target, headers, body }: Recorded) => [
  method,
  target,
  headers.get('x-a'),
  headers.get('content-length'),
  body.toString(),
]

describe.skipIf(nginxMissing())('mirror, as nginx has it', () => {
  const cases: [string, More?][] = [
    ['/one?a=b'],
    ['/one?a=b', { headers: { 'X-A': 'a' } }],
    ['/one', { method: 'POST', body: 'abc' }],
    ['/one', { method: 'HEAD' }],
    ['/one', { method: 'DELETE' }],
    ['/two', { method: 'POST', body: 'abc' }],
    ['/one/off'],
    ['/one/inner'],
    ['/redirected'],
    ['/refused'],
    ['/failing', { method: 'POST', body: 'abc' }],
  ]

  test('sends the same copies', async () => {
    const copies = await httpOrigin()
    const main = await httpOrigin()
    const pass = `proxy_pass http://${main.address};`
    const pair = await besideNginx(`
      location /one { mirror /copy; ${pass} }
      location /one/off { mirror off; ${pass} }
      location /one/inner { ${pass} }
      location /two { mirror /copy; mirror /other; ${pass} }
      location /redirected { mirror /copy; try_files /none /one; }
      location /refused { mirror /copy; deny all; ${pass} }
      location /failing { mirror /no; mirror /down; mirror /copy; ${pass} }
      location /copy { internal; proxy_pass http://${copies.address}; }
      location /other { internal; proxy_pass http://${copies.address}$request_uri; }
      location /down { proxy_pass http://127.0.0.1:${await freePort()}; }
    `)
    for (const [target, more] of cases) {
      const { ours, theirs } = await pair.ask(target, 0, more)
      expect([target, ours]).toEqual([target, theirs])
      // A copy of each arrives behind the others: then there are no more of them.
      await pair.ask('/one?last', 0)
      await until('the last copies', () => {
        return copies.requests.filter((each) => each.target === '/copy?last').length === 2
      })
      const seen = copies.takeRequests().filter((each) => each.target !== '/copy?last')
      const half = seen.length / 2
      const sorted = seen.map(told).sort()
      expect([target, ...sorted.filter((_, i) => i % 2 === 0)]).toEqual([
        target,
        ...sorted.filter((_, i) => i % 2 === 1),
      ])
      expect([target, half]).toEqual([target, copiesOf(target)])
    }
    expect(main.errors).toEqual([])
  })

  function copiesOf(target: string): number {
    if (/off|refused|inner/.test(target)) return 0
    return target === '/two' ? 2 : 1
  }
})

test('mirror_request_body off sends no body', async () => {
  const copies = await httpOrigin()
  const main = await httpOrigin()
  const gateway = await startGateway({
    yaml: `
http:
  server:
    - listen: 127.0.0.1:%%PORT%%
      mirror: /copy
      location:
        /: { proxy_pass: "http://${main.address}" }
        /without: { mirror_request_body: off, proxy_pass: "http://${main.address}" }
        = /copy: { proxy_pass: "http://${copies.address}$request_uri" }
`,
  })
  for (const path of ['/with', '/without']) {
    await once(gateway.port(), request(`POST ${path}`, {}, 'abc'))
    await until('the copy', () => copies.requests.length === 1)
    const [copy] = copies.takeRequests()
    expect([copy?.method, copy?.target, copy?.body.toString()]).toEqual([
      'POST',
      path,
      path === '/with' ? 'abc' : '',
    ])
  }
  expect(main.requests.map(({ body }) => body.toString())).toEqual(['abc', 'abc'])
})

test('a handler that reads the body itself gets it, too', async () => {
  const copies = await httpOrigin()
  const gateway = await startGateway({
    files: {
      'echo.ts': `
import { definePlugin, flag } from 'gateway/plugin'

export default definePlugin({
  name: 'echo',
  directives: { echo: flag({ in: ['location'], default: false, doc: 'Echoes.' }) },
  content: async (x, { echo }) => (echo ? x.respond(200, await x.body.bytes()) : 'next'),
})
`,
    },
    yaml: `
plugins: ./echo.ts
http:
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
        /: { mirror: /copy, echo: on }
        = /copy: { proxy_pass: "http://${copies.address}" }
`,
  })
  for (const body of [request('POST /', {}, 'abc'), chunkedPost('abc')]) {
    expect((await once(gateway.port(), body)).text).toBe('abc')
    await until('the copy', () => copies.requests.length === 1)
    expect(copies.takeRequests()[0]?.body.toString()).toBe('abc')
  }
})

const chunkedPost = (body: string) =>
  `${request('POST /', { 'Transfer-Encoding': 'chunked' })}${chunked(body)}`

test('a mirror that does not answer delays nobody, the next request neither', async () => {
  const { copies, reached, answerAll } = await reluctant()
  const gateway = await startGateway({ yaml: yaml(copies.address), files })
  const client = await connect(gateway.port())
  const paths = ['/1', '/2', '/3']
  const answers = await client.pipeline(paths.map((path) => GET(path, { 'X-A': path })))
  expect(answers.map(({ text }) => text)).toEqual(['ok', 'ok', 'ok'])
  await reached(3)
  expect((await client.exchange(GET('/4'))).text).toBe('ok')
  await reached(4)
  // Each has the fields of its own request, which was over when it was sent.
  const seen = copies.requests.map(({ target, headers }) => [target, headers.get('x-a')])
  expect(seen.sort()).toEqual([...paths.map((path) => [path, path]), ['/4', undefined]])
  answerAll()
})

test('more copies than may be under way are left out, and no answer with them', async () => {
  const { copies, reached, answerAll } = await reluctant()
  const gateway = await startGateway({ yaml: yaml(copies.address), files })
  const load = startLoad({ target: gateway.port(), connections: 4 })
  await reached(16)
  await load.reached(load.ok + 200)
  // A quarter of all connections.
  expect(copies.requests).toHaveLength(16)
  await gateway.logged(/request is not mirrored to "\/copy": too many are under way/)
  answerAll()
  // There is room again.
  await reached(17)
  expect((await load.stop()).failures).toEqual({})
  await gateway.stop()
})

test('an answer that does not end is cut off', async () => {
  let cut = 0
  const copies = await origin(async (peer: OriginPeer) => {
    await peer.request()
    await peer.send('HTTP/1.1 200 OK\r\nContent-Length: 4000000\r\n\r\n')
    await peer.send(Buffer.alloc(1_000_000, 'x')).catch(() => undefined)
    await peer.request().catch(() => undefined)
    cut++
  })
  const gateway = await startGateway({ yaml: yaml(copies.address), files })
  expect((await get(gateway.port(), '/')).text).toBe('ok')
  await until('the copy to be cut off', () => cut === 1)
})

test('a short answer is read, and its connection used again', async () => {
  const copies = await httpOrigin()
  const gateway = await startGateway({ yaml: yaml(copies.address), files })
  for (let i = 1; i <= 3; i++) {
    await get(gateway.port(), `/${i}`)
    await until('the copy', () => copies.requests.length === i)
  }
  await until('them to be over', async () => (await activeConnections(gateway.port())) === 1)
  await get(gateway.port(), '/last')
  await until('the last copy', () => copies.requests.length === 4)
  expect(copies.accepted).toBeLessThan(4)
})

test('a client that leaves does not take the copy with it', async () => {
  const { copies, reached, answerAll } = await reluctant()
  const main = await reluctant()
  const gateway = await startGateway({
    yaml: `
http:
  access_log: access.log
  server:
    - listen: 127.0.0.1:%%PORT%%
      log_subrequest: on
      location:
        /: { mirror: /copy, proxy_pass: "http://${main.copies.address}" }
        = /copy: { proxy_pass: "http://${copies.address}" }
`,
  })
  const client = await connect(gateway.port())
  await client.send(GET('/'))
  await Promise.all([reached(1), main.reached(1)])
  client.destroy()
  await until('the log', () => / 499 /.test(gateway.accessLog()))
  answerAll()
  // It is logged when it is over.
  await until('the copy', () => / 200 /.test(gateway.accessLog()))
})

test('a client that breaks its body off is not mirrored', async () => {
  const copies = await httpOrigin()
  const gateway = await startGateway({
    yaml: `${yaml(copies.address)}  access_log: access.log\n`,
    files,
  })
  const client = await connect(gateway.port())
  await client.send(request('POST /broken', { 'Content-Length': '10' }))
  await client.send('abc')
  client.destroy()
  await until('the log', () => gateway.accessLog().includes('/broken'))
  await get(gateway.port(), '/whole')
  await until('the other copy', () => copies.requests.length > 0)
  expect(copies.requests.map(({ target }) => target)).toEqual(['/whole'])
})

test('a worker that leaves waits for its copies', async () => {
  const { copies, reached, answerAll } = await reluctant()
  const gateway = await startGateway({ yaml: yaml(copies.address), files })
  const before = gateway.workers()
  expect((await get(gateway.port(), '/')).text).toBe('ok')
  await reached(1)
  await gateway.reload('started')
  await gateway.draining(before)
  // The new worker serves, the old one is there as long as the copy is.
  expect((await get(gateway.port(), '/status')).status).toBe(200)
  expect(gateway.workers()).toContain(before[0])
  answerAll()
  await until('the old worker to leave', () => !gateway.workers().includes(before[0] as number))
})

test('worker_shutdown_timeout ends copies, too', async () => {
  const { copies, reached } = await reluctant()
  const gateway = await startGateway({
    yaml: `worker_shutdown_timeout: 200ms\n${yaml(copies.address)}`,
    files,
  })
  expect((await get(gateway.port(), '/')).text).toBe('ok')
  await reached(1)
  await gateway.reload()
})

test('a body that is too long for memory is mirrored, too, even when its request is over', async () => {
  const got: string[] = []
  const begun: (() => void)[] = []
  const copies = createServer((asked, answer) => {
    const read = () => {
      const hash = createHash('sha256')
      asked.on('data', (chunk) => hash.update(chunk))
      asked.on('end', () => {
        got.push(hash.digest('hex'))
        answer.end()
      })
    }
    if (asked.method === 'PUT') read()
    else begun.push(read)
  }).listen(0, '127.0.0.1')
  onCleanup(() => void copies.close())
  await event(copies, 'listening')
  const { port: copiesPort } = copies.address() as AddressInfo
  const main = await httpOrigin(({ body }) => ({ body: `${body.length}` }))
  const gateway = await startGateway({
    yaml: `
worker_processes: 1
http:
  client_body_buffer_size: 1k
  client_max_body_size: 0
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
        /: { mirror: [/copy, /second], proxy_pass: "http://${main.address}" }
        = /copy: { proxy_pass: "http://127.0.0.1:${copiesPort}" }
        = /second: { proxy_pass: "http://127.0.0.1:${copiesPort}", proxy_method: PUT }
`,
  })
  // More than the system keeps for a peer that does not read.
  const body = randomBytes(12_000_000).toString('base64')
  const hash = createHash('sha256').update(body).digest('hex')
  for (const text of [request('POST /', {}, body), chunkedPost(body)]) {
    expect((await once(gateway.port(), text)).text).toBe(`${body.length}`)
  }
  await until('the copies that are read at once', () => got.length === 2)
  await until('the others to have begun', () => begun.length === 2)
  expect(filesLeft(gateway.workers()[0])).toBe(2)
  for (const read of begun) read()
  await until('all copies', () => got.length === 4)
  expect(got).toEqual([hash, hash, hash, hash])
  await until('the files to be closed', () => filesLeft(gateway.workers()[0]) === 0)
})

/** Temporary files a process has open; they have no name any more. */
function filesLeft(pid = 0): number {
  const folder = `/proc/${pid}/fd`
  return readdirSync(folder).filter((fd) => {
    try {
      return /client_body_temp.*deleted/.test(readlinkSync(`${folder}/${fd}`))
    } catch {
      return false
    }
  }).length
}

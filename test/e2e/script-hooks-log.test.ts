import { expect, test } from 'vitest'
import { httpOrigin } from '../harness/http-origin.ts'
import { connect, GET, get, once, request } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'

const TELLS = `
export default {
  async log(entry: { path: string; url: string }, env: unknown, ctx: { waitUntil(promise: Promise<unknown>): void }) {
    if (entry.path.endsWith('/throw')) throw new Error('no log')
    if (entry.path.endsWith('/spin')) for (;;);
    if (entry.path.endsWith('/late')) await new Promise((resolve) => setTimeout(resolve, 400))
    if (entry.path.endsWith('/stuck')) await new Promise((resolve) => setTimeout(resolve, 60_000))
    if (entry.path.endsWith('/behind')) ctx.waitUntil(new Promise((resolve) => setTimeout(resolve, 5)).then(() => console.warn('behind the log')))
    console.warn('told', JSON.stringify(entry))
  },
}
`
const ANSWERS = `
let kept: Request | undefined
export default {
  fetch(request: Request) { kept = request; return new Response('mine', { status: 201 }) },
  log: () => { try { console.warn('url', kept!.url) } catch (error) { console.warn('caught', String(error)) } },
}
`

async function start() {
  const backend = await httpOrigin(() => ({ status: 203, body: 'from afar' }))
  const gateway = await startGateway({
    files: { 'tells.ts': TELLS, 'answers.ts': ANSWERS, 'page.html': 'the page' },
    yaml: `
worker_processes: 1
http:
  root: "%%DIR%%"
  server:
    - listen: 127.0.0.1:%%PORT%%
      server_name: shop.example
      location:
        /: { script: { file: tells.ts, tenant: acme, log: 64k } }
        /far/: { script: tells.ts, proxy_pass: http://${backend.address} }
        /full: { script: { file: tells.ts, concurrency: 1 }, return: 200 full }
        /late: { script: tells.ts, return: 200 late }
        /stuck: { script: tells.ts, return: 200 stuck }
        /behind: { script: tells.ts, return: 200 x }
        /spin: { script: tells.ts, return: 200 x }
        /throw: { script: tells.ts, return: 200 x }
        /answers: { script: { file: answers.ts, state: reuse } }
`,
    expected: ['script "', 'No such file'],
  })
  /** The entry that was told of a path. */
  const told = async (path: string) => {
    const line = await gateway.logged(new RegExp(`told \\{.*"path":"${path}"`))
    return JSON.parse(line.slice(line.indexOf('{'), line.lastIndexOf('}') + 1))
  }
  return { backend, gateway, port: gateway.port(), told }
}

test('a log hook is told of every request that is over', async () => {
  const { backend, port, told } = await start()
  const answer = await get(port, '/page.html?a=1', { 'user-agent': 'test', referer: 'there' })
  expect(answer.text).toBe('the page')
  expect(await told('/page.html')).toMatchObject({
    request: 'GET /page.html?a=1 HTTP/1.1',
    method: 'GET',
    url: '/page.html?a=1',
    host: 'localhost',
    server: 'shop.example',
    location: '/',
    clientAddress: '127.0.0.1',
    userAgent: 'test',
    referer: 'there',
    status: 200,
    completed: true,
    bodyBytes: 8,
    upstream: [],
    script: { fuel: 0, cpu: 0, memory: 0 },
  })
  await get(port, '/missing')
  expect(await told('/missing')).toMatchObject({ status: 404 })
  await once(port, request('POST /far/a', {}, 'sent'))
  const entry = await told('/far/a')
  expect(entry).toMatchObject({
    method: 'POST',
    status: 203,
    bodyBytes: 9,
    upstream: [{ peer: backend.address, status: 203, bodyBytes: 9 }],
  })
  expect(entry.requestBytes).toBeGreaterThan(40)
  expect(entry.sentBytes).toBeGreaterThan(100)
  expect(entry.time).toBeGreaterThanOrEqual(0)
  expect(entry.requestId).toMatch(/^[0-9a-f]{32}$/)
  expect(Math.abs(entry.startedAt - Date.now())).toBeLessThan(60_000)
})

test('no client waits for a log hook, however long it takes', async () => {
  const { gateway, port, told } = await start()
  const client = await connect(port)
  expect((await client.exchange(GET('/stuck'))).text).toBe('stuck')
  expect((await client.exchange(GET('/late'))).text).toBe('late')
  await told('/late')
  expect(gateway.errorLog()).not.toMatch(/told .*"path":"\/stuck"/)
})

test('only so many log hooks wait at a time; what is not told is told so', async () => {
  const { gateway, port } = await start()
  for (let i = 0; i < 2; i++) expect((await get(port, '/full/late')).text).toBe('full')
  await gateway.logged(/log: a request is not told of: script_concurrency/)
})

test('a worker that leaves waits for log hooks, and for what they leave to be done', async () => {
  const { gateway, port } = await start()
  expect((await get(port, '/late')).text).toBe('late')
  expect((await get(port, '/behind')).text).toBe('x')
  await gateway.stop()
  expect(gateway.errorLog()).toMatch(/told .*"path":"\/late"/)
  expect(gateway.errorLog()).toMatch(/behind the log/)
})

test('what goes wrong in a log hook harms nobody and is told', async () => {
  const { gateway, port } = await start()
  expect((await get(port, '/throw')).text).toBe('x')
  await gateway.logged(/\[error\] .*script "tells.ts" of tenant "-": script_error .*no log/)
  expect((await get(port, '/spin')).text).toBe('x')
  await gateway.logged(/\[error\] .*script "tells.ts" of tenant "-": script_cpu/)
})

test('a log hook has no request to ask about', async () => {
  const { gateway, port } = await start()
  expect((await get(port, '/answers')).text).toBe('mine')
  await gateway.logged(/caught TypeError: there is no request in this hook/)
})

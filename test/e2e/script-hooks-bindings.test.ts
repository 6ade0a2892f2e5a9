import { expect, test } from 'vitest'
import { httpOrigin } from '../harness/http-origin.ts'
import { get } from '../harness/raw-client.ts'
import { sqliteMissing } from '../harness/sqlite-missing.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { until } from '../harness/wait.ts'

const ASKS = `
interface Env {
  SINK: { fetch(request: Request): Promise<Response> }
  OTHER: { fetch(url: string, init: object): Promise<Response> }
  SEEN: { put(key: string, value: string): Promise<void>; get(key: string): Promise<string | null> }
}
const tell = (env: Env, text: string) => env.SINK.fetch(new Request('http://sink/', { method: 'POST', body: text }))

export default {
  async request(request: Request, env: Env) {
    await tell(env, 'request')
  },
  async balance(peers: { address: string }[], request: Request, env: Env) {
    await tell(env, 'balance')
    return peers[1]?.address
  },
  async log(entry: { status: number }, env: Env) {
    await env.SEEN.put('log', String(entry.status))
    await tell(env, 'log ' + entry.status)
  },
  async scheduled(event: unknown, env: Env, ctx: { waitUntil(work: Promise<unknown>): void }) {
    const { status } = await tell(env, 'scheduled')
    const other = await env.OTHER.fetch('http://other/?of=scheduled', { method: 'POST', body: 'mine' })
    console.warn('scheduled', status, await other.text(), await env.SEEN.get('log'))
    ctx.waitUntil(new Promise((resolve) => setTimeout(resolve, 1)).then(() => tell(env, 'behind')))
  },
}
`

const OTHER = `
export default {
  async fetch(request: Request, env: { SINK: { fetch(url: string): Promise<Response> } }) {
    const { status } = await env.SINK.fetch('http://sink/of-other')
    console.warn('other was asked for', request.url, (request as any).gateway.clientAddress)
    return new Response(await request.text() + ' ' + status)
  },
}
`

test.skipIf(sqliteMissing)('all hooks have what the script is bound to', async () => {
  const [a, b] = await Promise.all(['a', 'b'].map((name) => httpOrigin(() => ({ body: name }))))
  const [one, two] = await Promise.all([httpOrigin(), httpOrigin()])
  const gateway = await startGateway({
    files: { 'asks.ts': ASKS, 'other.ts': OTHER },
    yaml: `
worker_processes: 1
http:
  upstream:
    pages: { server: ["${a?.address}", "${b?.address}"] }
    sink: { server: ["${one.address}", "${two.address}"] }
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
        /:
          script: { file: asks.ts, cron: "* * * * * *", bindings: { SINK: upstream:sink, OTHER: script:./other.ts, SEEN: kv:seen } }
          proxy_pass: http://pages
`,
  })
  expect((await get(gateway.port(), '/')).text).toBe('b')
  const requests = () => [...one.requests, ...two.requests]
  const told = () => [...new Set(requests().map(({ body }) => body.toString()))].sort()
  await until('the log hook to tell', () => told().includes('log 200'))
  // A bound upstream is not the location's: its balancer alone chooses there.
  const ofRequest = told().filter(
    (each) => each !== 'scheduled' && each !== 'behind' && each !== '',
  )
  expect(ofRequest).toEqual(['balance', 'log 200', 'request'])
  // No client asks for what a schedule does, and it reaches the same; behind its end, too.
  await gateway.logged(/other was asked for http:\/\/other\/\?of=scheduled unix:/)
  await gateway.logged(/scheduled 200 mine 200 200, id: \w{32}/)
  await until('what goes on behind a schedule to tell', () => told().includes('behind'))
  expect(requests().some(({ target }) => target === '/of-other')).toBe(true)
})

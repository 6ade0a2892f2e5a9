import { expect, test } from 'vitest'
import { httpOrigin } from '../harness/http-origin.ts'
import { get } from '../harness/raw-client.ts'
import { sqliteMissing } from '../harness/sqlite-missing.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { until } from '../harness/wait.ts'

const ASKS = `
interface Env {
  SINK: { fetch(request: Request): Promise<Response> }
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
  async scheduled(event: unknown, env: Env) {
    const asked = await tell(env, 'scheduled').catch((error) => error.message)
    console.warn('scheduled', asked, await env.SEEN.get('log'))
  },
}
`

test.skipIf(sqliteMissing)('all hooks have what the script is bound to', async () => {
  const [a, b] = await Promise.all(['a', 'b'].map((name) => httpOrigin(() => ({ body: name }))))
  const [one, two] = await Promise.all([httpOrigin(), httpOrigin()])
  const gateway = await startGateway({
    files: { 'asks.ts': ASKS },
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
          script: { file: asks.ts, cron: "* * * * * *", bindings: { SINK: upstream:sink, SEEN: kv:seen } }
          proxy_pass: http://pages
`,
  })
  expect((await get(gateway.port(), '/')).text).toBe('b')
  const told = () => [...one.requests, ...two.requests].map(({ body }) => body.toString()).sort()
  await until('the log hook to tell', () => told().includes('log 200'))
  // A bound upstream is not the location's: its balancer alone chooses there.
  expect(told()).toEqual(['balance', 'log 200', 'request'])
  // What is asked inside is asked on behalf of a request, and a schedule has none.
  await gateway.logged(/scheduled fetch: there is no request to ask for \(fetch_no_request\) 200/)
})

import { describe, expect, test } from 'vitest'
import { type HttpOrigin, httpOrigin } from '../harness/http-origin.ts'
import { nginx, nginxMissing } from '../harness/nginx.ts'
import { connect, GET, get, type RawClient } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { until } from '../harness/wait.ts'

/** An origin that answers once it is told to. */
interface Holding {
  readonly origin: HttpOrigin
  /** Answers the oldest request it holds. */
  release(): void
}

async function holding(): Promise<Holding> {
  const held: (() => void)[] = []
  const origin = await httpOrigin(async (request) => {
    if (request.target.startsWith('/held')) await new Promise<void>((go) => held.push(go))
    return { body: 'done' }
  })
  return { origin, release: () => held.shift()?.() }
}

async function gateway(servers: readonly string[]) {
  const started = await startGateway({
    yaml: `
worker_processes: 1
http:
  upstream:
    group:
      least_conn: on
      server: ${JSON.stringify(servers)}
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
        /: { proxy_pass: http://group, proxy_connect_timeout: 1s }
`,
  })
  return started
}

function peer(servers: readonly string[]) {
  return nginx(`
upstream group {
  least_conn;
  ${servers.map((server) => `server ${server};`).join('\n')}
}
server {
  listen 127.0.0.1:%%PORT%%;
  location / { proxy_pass http://group; proxy_http_version 1.1; proxy_set_header Connection ""; }
}`)
}

/**
 * Plays a script against a server: a number is so many requests that stay, one after another;
 * `-1` lets the second origin answer one. Returns who got each request.
 */
async function play(port: number, origins: readonly Holding[], script: readonly string[]) {
  const waiting: { client: RawClient; at: number }[] = []
  let chosen = ''
  for (const step of script) {
    if (step.startsWith('-')) {
      const at = Number(step.slice(1))
      origins[at]?.release()
      const index = waiting.findIndex((each) => each.at === at)
      const [done] = waiting.splice(index, 1)
      await done?.client.response()
      continue
    }
    for (let i = 0; i < Number(step); i++) {
      const before = origins.map(({ origin }) => origin.requests.length)
      const client = await connect(port)
      await client.send(GET('/held'))
      const at = await until('an origin to be asked', () => {
        const index = origins.findIndex(({ origin }, k) => {
          return origin.requests.length > (before[k] as number)
        })
        return index < 0 ? undefined : String(index)
      })
      chosen += at
      waiting.push({ client, at: Number(at) })
    }
  }
  while (waiting.length > 0) {
    const [next] = waiting.splice(0, 1)
    origins[next?.at ?? 0]?.release()
    await next?.client.response()
  }
  return chosen
}

const SCRIPTS: readonly (readonly [weights: readonly number[], script: string])[] = [
  [[1, 1, 1], '7 -0 2 -1 -1 3 -2 5'],
  [[3, 1, 2], '12 -0 -0 3 -1 1 -2 -2 -2 6'],
  [[5, 1, 1], '3 -0 4 -0 -0 9'],
]

describe.skipIf(nginxMissing())('least_conn chooses as nginx', { timeout: 30_000 }, () => {
  test.each(SCRIPTS)('with weights %j: %s', async (weights, script) => {
    const origins = await Promise.all(weights.map(() => holding()))
    const servers = origins.map(({ origin }, i) => `${origin.address} weight=${weights[i]}`)
    const [ours, theirs] = await Promise.all([gateway(servers), peer(servers)])
    const steps = script.split(' ')
    const chosen = await play(ours.port(), origins, steps)
    expect(chosen).toBe(await play(theirs.port(), origins, steps))
    expect(new Set(chosen).size).toBe(weights.length)
  })
})

test('a slow peer gets no more until it has answered', async () => {
  const [slow, quick] = [await holding(), await holding()]
  const started = await gateway([slow.origin.address, quick.origin.address])
  const client = await connect(started.port())
  await client.send(GET('/held'))
  await until('the request to arrive', () => slow.origin.requests.length)
  for (let i = 0; i < 5; i++) await get(started.port(), '/')
  expect([slow.origin.requests.length, quick.origin.requests.length]).toEqual([1, 5])
  slow.release()
  await client.response()
  for (let i = 0; i < 4; i++) await get(started.port(), '/')
  expect([slow.origin.requests.length, quick.origin.requests.length]).toEqual([3, 7])
})

test('a client that leaves is counted no more', async () => {
  const [slow, quick] = [await holding(), await holding()]
  const started = await gateway([slow.origin.address, quick.origin.address])
  const client = await connect(started.port())
  await client.send(GET('/held'))
  await until('the request to arrive', () => slow.origin.requests.length)
  client.destroy()
  await until('the slow peer to be asked again', async () => {
    await get(started.port(), '/')
    return slow.origin.requests.length > 1
  })
})

test('asks the backup when all others are down, and answers 502 without one', async () => {
  const { origin } = await holding()
  const down = '127.0.0.1:1 down'
  const backed = await gateway([down, `${origin.address} backup`])
  expect((await get(backed.port(), '/')).text).toBe('done')
  const alone = await gateway([down, down])
  alone.expect('no live upstreams')
  expect((await get(alone.port(), '/')).status).toBe(502)
})

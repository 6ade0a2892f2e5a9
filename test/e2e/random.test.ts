import { expect, test } from 'vitest'
import { type HttpOrigin, httpOrigin } from '../harness/http-origin.ts'
import { freePort } from '../harness/ports.ts'
import { connect, GET, get } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { until } from '../harness/wait.ts'

function gateway(random: string, servers: readonly string[]) {
  return startGateway({
    yaml: `
worker_processes: 1
http:
  upstream:
    group:
      random: ${random}
      server: ${JSON.stringify(servers)}
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
        /: { proxy_pass: http://group, proxy_connect_timeout: 1s }
`,
  })
}

async function ask(port: number, times: number): Promise<number[]> {
  const client = await connect(port)
  const statuses: number[] = []
  for (let i = 0; i < times; i++) statuses.push((await client.exchange(GET('/'))).status)
  return statuses
}

const counts = (...origins: HttpOrigin[]) => origins.map(({ requests }) => requests.length)

// Bounds that chance breaks less than once in a billion runs.
test('random asks each peer by its weight, and none that is down', async () => {
  const [a, b, c] = [await httpOrigin(), await httpOrigin(), await httpOrigin()]
  const started = await gateway('on', [`${a.address} weight=3`, b.address, `${c.address} down`])
  await ask(started.port(), 400)
  const [ofA = 0, ofB = 0, ofC] = counts(a, b, c)
  expect(ofA + ofB).toBe(400)
  expect(ofA).toBeGreaterThan(240)
  expect(ofB).toBeGreaterThan(40)
  expect(ofC).toBe(0)
})

test.each(['two', 'two least_conn'])('random %s asks the less busy one', async (random) => {
  const respond = async ({ target }: { target: string }) => {
    // Never answered: the client leaves at the end of the test.
    if (target === '/held') await new Promise(() => undefined)
    return {}
  }
  const [a, b] = [await httpOrigin(respond), await httpOrigin(respond)]
  const started = await gateway(random, [a.address, b.address])
  const client = await connect(started.port())
  await client.send(GET('/held'))
  await until('the request to arrive', () => a.requests.length + b.requests.length)
  const [busy, idle] = a.requests.length > 0 ? [a, b] : [b, a]
  await ask(started.port(), 20)
  expect(counts(busy, idle)).toEqual([1, 20])
})

test.each(['on', 'two'])(
  'random %s leaves out who failed, and turns to a backup',
  async (random) => {
    const [a, backup] = [await httpOrigin(), await httpOrigin()]
    const gone = `127.0.0.1:${await freePort()} fail_timeout=1h`
    const started = await gateway(random, [gone, a.address, `${backup.address} backup`])
    started.expect('connect() failed')
    expect(new Set(await ask(started.port(), 40))).toEqual(new Set([200]))
    expect(counts(a, backup)).toEqual([40, 0])
    expect(started.errorLog().match(/connect\(\) failed/g)).toHaveLength(1)

    const backed = await gateway(random, ['127.0.0.1:1 down', gone, `${backup.address} backup`])
    backed.expect('connect() failed')
    expect(await ask(backed.port(), 5)).toEqual([200, 200, 200, 200, 200])
  },
)

test.each(['on', 'two'])('random %s answers 502 when nobody is left', async (random) => {
  const started = await gateway(random, ['127.0.0.1:1 down', '127.0.0.1:2 down'])
  started.expect('no live upstreams')
  expect((await get(started.port(), '/')).status).toBe(502)
})

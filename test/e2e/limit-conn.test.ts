import { expect, test } from 'vitest'
import { httpOrigin } from '../harness/http-origin.ts'
import { nginx, nginxMissing } from '../harness/nginx.ts'
import { signal } from '../harness/processes.ts'
import { connect, GET, get } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { until } from '../harness/wait.ts'

const yaml = (origin: string, limit: number) => `
worker_processes: 4
http:
  limit_conn_zone: $arg_k zone=one:1m
  limit_conn_log_level: info
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
        /:
          proxy_pass: "http://${origin}"
          proxy_set_header: X-Worker $pid
          limit_conn: one ${limit}
          error_page: 502 /error
        = /error: { return: 200 gone }
        = /status: { stub_status: on }
`

/** An origin that answers nothing until it is told to. */
async function reluctant() {
  const waiting: (() => void)[] = []
  const origin = await httpOrigin(async ({ target }) => {
    await new Promise<void>((resolve) => waiting.push(resolve))
    return { body: target }
  })
  return {
    origin,
    reached: (count: number) => until(`${count} requests`, () => waiting.length >= count),
    answerAll: () => {
      for (const answer of waiting.splice(0)) answer()
    },
  }
}

/** Requests that are under way until the origin answers; a broken connection counts as 0. */
function ask(port: number, count: number, key = 'a'): Promise<number>[] {
  return Array.from({ length: count }, () =>
    get(port, `/?k=${key}`).then(
      ({ status }) => status,
      () => 0,
    ),
  )
}

test('four workers have exactly so many requests under way', async () => {
  const { origin, reached, answerAll } = await reluctant()
  const gateway = await startGateway({ yaml: yaml(origin.address, 10) })
  const port = gateway.port()
  for (let round = 0; round < 3; round++) {
    let refused = 0
    const all = ask(port, 50)
    for (const each of all) each.then((status) => status === 503 && refused++)
    await until('40 refusals', () => refused === 40)
    await reached(10)
    const { text } = await get(port, '/status')
    expect(text).toContain('Zone one: 1 records')
    answerAll()
    const statuses = await Promise.all(all)
    expect(statuses.filter((status) => status === 200)).toHaveLength(10)
    await until('all to be over', async () => {
      return (await get(port, '/status')).text.includes('Zone one: 0 records, 0 of 1048576 bytes')
    })
  }
  expect(origin.requests).toHaveLength(30)
}, 30_000)

test('a worker that is killed takes its counts with it, and nobody else’s', async () => {
  const { origin, reached, answerAll } = await reluctant()
  const gateway = await startGateway({
    yaml: yaml(origin.address, 20),
    expected: [/exited on signal 9/],
  })
  const port = gateway.port()
  const first = ask(port, 20)
  await reached(20)
  expect(await Promise.all(ask(port, 5))).toEqual([503, 503, 503, 503, 503])
  const carriers = origin.requests.map(({ headers }) => Number(headers.get('x-worker')))
  const [victim = 0] = carriers
  const lost = carriers.filter((pid) => pid === victim).length
  signal(victim, 'SIGKILL')
  await gateway.logged(new RegExp(`${victim} exited on signal 9`))
  await until('its successor', () => gateway.workers().length === 4)
  const others = ask(port, 40)
  let refused = 0
  for (const each of others) each.then((status) => status === 503 && refused++)
  await until('refusals', () => refused === 40 - lost)
  await reached(20 + lost)
  answerAll()
  const statuses = await Promise.all(others)
  expect(statuses.filter((status) => status === 200)).toHaveLength(lost)
  expect((await Promise.all(first)).filter((status) => status === 0)).toHaveLength(lost)
  await until('all to be over', async () => {
    return (await get(port, '/status')).text.includes('Zone one: 0 records')
  })
}, 30_000)

test('what a worker held that is killed while it leaves is given back, though nobody follows it', async () => {
  const { origin, reached } = await reluctant()
  const gateway = await startGateway({
    yaml: yaml(origin.address, 20),
    expected: [/exited on signal 9/],
  })
  const port = gateway.port()
  const lost = ask(port, 8)
  await reached(8)
  const old = new Set(gateway.workers())
  await gateway.reload('started')
  for (const pid of old) signal(pid, 'SIGKILL')
  await Promise.all(lost)
  await until('what they held to be given back', async () => {
    return (await get(port, '/status')).text.includes('Zone one: 0 records')
  })
}, 30_000)

test('a request that is redirected elsewhere is given back like any other', async () => {
  const gateway = await startGateway({
    yaml: yaml('127.0.0.1:1', 1),
    expected: [/Connection refused|no live/],
  })
  for (let i = 0; i < 3; i++) {
    const { status, text } = await get(gateway.port(), '/?k=a')
    expect([status, text]).toEqual([502, 'gone'])
    // Another worker may be asked before this one is through with its log.
    await until('the count to be given back', async () => {
      return (await get(gateway.port(), '/status')).text.includes('Zone one: 0 records')
    })
  }
})

test('a client that leaves gives back what it had', async () => {
  const { origin, reached } = await reluctant()
  const gateway = await startGateway({ yaml: yaml(origin.address, 1) })
  const client = await connect(gateway.port())
  await client.send(GET('/?k=a'))
  await reached(1)
  expect((await get(gateway.port(), '/?k=a')).status).toBe(503)
  client.destroy()
  await until('the count to be given back', async () => {
    return (await get(gateway.port(), '/status')).text.includes('Zone one: 0 records')
  })
})

test('a reload keeps what is under way', async () => {
  const { origin, reached, answerAll } = await reluctant()
  const gateway = await startGateway({ yaml: yaml(origin.address, 3) })
  const first = ask(gateway.port(), 3)
  await reached(3)
  await gateway.reload('started')
  await until('new workers alone', async () => {
    return (await Promise.all(ask(gateway.port(), 4))).every((status) => status === 503)
  })
  answerAll()
  expect(await Promise.all(first)).toEqual([200, 200, 200])
  await until('the counts to be given back', async () => {
    return (await get(gateway.port(), '/status')).text.includes('Zone one: 0 records')
  })
}, 30_000)

test.skipIf(nginxMissing())('asks limit_req before limit_conn, as nginx does', async () => {
  const theirs = await nginx(`
    limit_req_zone $server_port zone=r:1m rate=1r/m;
    limit_conn_zone $server_port zone=c:1m;
    server {
      listen 127.0.0.1:%%PORT_8%%;
      limit_conn c 1; limit_req zone=r; limit_req_status 429;
      add_header X-Limit "$limit_req_status $limit_conn_status" always;
    }`)
  const ours = await startGateway({
    yaml: `
http:
  limit_req_zone: $server_port zone=r:1m rate=1r/m
  limit_conn_zone: $server_port zone=c:1m
  server:
    - listen: 127.0.0.1:%%PORT%%
      limit_conn: c 1
      limit_req: zone=r
      limit_req_status: 429
      add_header: X-Limit "$limit_req_status $limit_conn_status" always
`,
    expected: [/limiting requests/, /No such file/],
  })
  for (let i = 0; i < 2; i++) {
    const [one, other] = [await get(ours.port(), '/a'), await get(theirs.port(8), '/a')]
    expect([one.status, one.headers.all('x-limit')]).toEqual([
      other.status,
      other.headers.all('x-limit'),
    ])
  }
})

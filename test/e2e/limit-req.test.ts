import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { Gateway } from '../harness/gateway.ts'
import { httpOrigin } from '../harness/http-origin.ts'
import { nginx, nginxMissing } from '../harness/nginx.ts'
import { signal } from '../harness/processes.ts'
import { connect, GET, get } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { until } from '../harness/wait.ts'

/** One request a minute: however slow the machine, nothing leaks away during a test. */
const limited = (size = '1m') => `
worker_processes: 4
http:
  limit_req_zone: "$arg_k zone=one:${size} rate=1r/m"
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
        /: { root: "%%DIR%%", limit_req: zone=one burst=9 nodelay, limit_req_log_level: info }
        = /status: { stub_status: on }
`

/** How many of `count` requests, each on a connection of its own, are let through. */
async function passed(gateway: Gateway, count: number, key: string): Promise<number> {
  const answers = await Promise.all(
    Array.from({ length: count }, () => get(gateway.port(), `/a?k=${key}`)),
  )
  const statuses = answers.map(({ status }) => status)
  expect(statuses.filter((status) => status !== 200 && status !== 503)).toEqual([])
  return statuses.filter((status) => status === 200).length
}

test('four workers let through exactly what the limit says', async () => {
  const gateway = await startGateway({ yaml: limited(), files: { a: 'a' } })
  const keys = ['x', 'y', 'z']
  expect(await Promise.all(keys.map((key) => passed(gateway, 50, key)))).toEqual([10, 10, 10])
  expect(await passed(gateway, 20, 'x')).toBe(0)
  const { text } = await get(gateway.port(), '/status')
  expect(text).toContain('\nZone one: 3 records, 384 of 1048576 bytes \n')
}, 30_000)

test('the count outlives workers and reloads, as long as the size of the zone stays', async () => {
  const gateway = await startGateway({
    yaml: limited(),
    files: { a: 'a' },
    expected: [/exited on signal 9/],
  })
  expect(await passed(gateway, 4, 'x')).toBe(4)
  for (const pid of gateway.workers()) signal(pid, 'SIGKILL')
  await until('successors', () => gateway.errorLog().match(/exited on signal 9/g)?.length === 4)
  await until('a worker that serves', () => get(gateway.port(), '/status').catch(() => undefined))
  expect(await passed(gateway, 4, 'x')).toBe(4)
  await gateway.reload()
  expect(await passed(gateway, 20, 'x')).toBe(2)
  await gateway.configure(limited('2m'))
  await gateway.reload()
  expect(await passed(gateway, 20, 'x')).toBe(10)
}, 60_000)

test('nothing of the zones is left when the gateway is', async () => {
  const gateway = await startGateway({ yaml: limited(), files: { a: 'a' } })
  await passed(gateway, 1, 'x')
  const environment = readFileSync(`/proc/${gateway.workers()[0]}/environ`, 'latin1')
  const [, directory = ''] = /GATEWAY_ZONES=([^\0]+)/.exec(environment) ?? []
  expect(existsSync(directory)).toBe(true)
  await gateway.stop()
  expect(existsSync(directory)).toBe(false)
})

const delaying = (origin: string) => `
http:
  log_format: [short "$request_uri $status $limit_req_status"]
  access_log: access.log short
  limit_req_zone: $server_port zone=one:1m rate=2r/s
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
        /limited: { proxy_pass: "http://${origin}", limit_req: zone=one burst=5 }
        /: { proxy_pass: "http://${origin}" }
`

test('a delayed request waits without holding up others, and is dropped when its client leaves', async () => {
  const origin = await httpOrigin()
  const gateway = await startGateway({ yaml: delaying(origin.address) })
  expect((await get(gateway.port(), '/limited/1')).status).toBe(200)
  const waits = get(gateway.port(), '/limited/2')
  const leaves = await connect(gateway.port())
  await leaves.send(GET('/limited/3'))
  await gateway.logged(/delaying request, excess: 1\.\d+, by zone "one".*limited\/3/)
  expect((await get(gateway.port(), '/other')).status).toBe(200)
  expect(origin.takeRequests().map(({ target }) => target)).toEqual(['/limited/1', '/other'])
  leaves.destroy()
  await until('its line', () => /\/limited\/3 499 DELAYED/.test(gateway.accessLog()))
  expect((await waits).status).toBe(200)
  // Behind the one that left: had it gone on, it would stand before this one.
  expect((await get(gateway.port(), '/limited/4')).status).toBe(200)
  expect(origin.requests.map(({ target }) => target)).toEqual(['/limited/2', '/limited/4'])
  expect(gateway.accessLog()).toContain('/limited/1 200 PASSED')
  expect(gateway.accessLog()).toContain('/limited/2 200 DELAYED')
}, 20_000)

/** What each location says of requests that stand in each other's way, in words of both servers. */
const LOCATIONS = {
  '/plain': ['zone=a'],
  '/burst': ['zone=a burst=3'],
  '/delay': ['zone=a burst=6 delay=2'],
  '/nodelay': ['zone=a burst=3 nodelay'],
  '/two': ['zone=a burst=4', 'zone=b burst=2'],
  '/reversed': ['zone=b burst=2 nodelay', 'zone=a burst=4 delay=1'],
}

const SEQUENCE = [
  ...Array.from({ length: 4 }, () => '/plain?a=plain'),
  ...Array.from({ length: 7 }, () => '/burst?a=burst'),
  ...Array.from({ length: 10 }, () => '/delay?a=delay'),
  ...Array.from({ length: 6 }, () => '/nodelay?a=nodelay'),
  ...Array.from({ length: 8 }, (_, i) => `/two?a=two${i % 2}&b=two`),
  ...Array.from({ length: 8 }, () => '/two?a=twoalone'),
  ...Array.from({ length: 8 }, (_, i) => `/reversed?a=rev&b=rev${i % 3}`),
  ...Array.from({ length: 3 }, () => '/two?b=alone'),
  '/plain',
  '/burst?a=plain',
  '/nodelay?a=burst',
]

test.skipIf(nginxMissing())(
  'passes, delays and refuses what nginx does',
  async () => {
    const blocks = Object.entries(LOCATIONS)
    // A dry run decides and counts, and tells; nobody has to wait for minutes.
    const theirs = await nginx(`
    limit_req_zone $arg_a zone=a:1m rate=1r/m;
    limit_req_zone $arg_b zone=b:1m rate=1r/m;
    limit_req_dry_run on;
    server {
      listen 127.0.0.1:%%PORT_8%%;
      ${blocks
        .map(([path, limits]) => {
          const lines = limits.map((limit) => `limit_req ${limit};`).join(' ')
          return `location ${path} { ${lines} add_header X-Limit "$limit_req_status" always; }`
        })
        .join('\n')}
    }`)
    const ours = await startGateway({
      yaml: `
worker_processes: 4
http:
  limit_req_zone: ["$arg_a zone=a:1m rate=1r/m", "$arg_b zone=b:1m rate=1r/m"]
  limit_req_dry_run: on
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
${blocks
  .map(([path, limits]) => {
    const list = limits.map((limit) => `"${limit}"`).join(', ')
    return `        ${path}: { limit_req: [${list}], add_header: X-Limit "$limit_req_status" always }`
  })
  .join('\n')}
`,
      expected: [/limiting requests, dry run/, /No such file/],
    })
    const said: [string, string[]][] = []
    const expected: [string, string[]][] = []
    for (const path of SEQUENCE) {
      said.push([path, (await get(ours.port(), path)).headers.all('x-limit')])
      expected.push([path, (await get(theirs.port(8), path)).headers.all('x-limit')])
    }
    expect(said).toEqual(expected)
    expect(new Set(said.flatMap(([, words]) => words))).toEqual(
      new Set(['PASSED', 'DELAYED_DRY_RUN', 'REJECTED_DRY_RUN']),
    )
    const told = (log: string) =>
      log.match(/(limiting|delaying) requests?, dry run, excess: \d+\.\d+,? by zone "\w"/g)
    // The excess depends on time; how often it is told does not.
    expect(told(ours.errorLog())?.length).toBe(told(theirs.errorLog())?.length)
  },
  30_000,
)

import { test as always, beforeAll, describe, expect } from 'vitest'
import type { Gateway } from '../harness/gateway.ts'
import { get, once, request } from '../harness/raw-client.ts'
import { sqliteMissing } from '../harness/sqlite-missing.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { until } from '../harness/wait.ts'

const test = always.skipIf(sqliteMissing)

const SHOP = `export default {
  access() {},
  async fetch(request) {
    const { pathname } = new URL(request.url)
    if (pathname.endsWith('/oh')) throw new Error('oh no')
    if (pathname.endsWith('/spin')) for (;;);
    if (pathname.endsWith('/slow')) await new Promise((resolve) => setTimeout(resolve, 1))
    return new Response('hi ' + await request.text(), { headers: { 'server-timing': 'own;dur=1' } })
  },
}
`
const FILTER = 'export default { response: (response) => response }'

let gateway: Gateway

beforeAll(async () => {
  if (sqliteMissing) return
  gateway = await startGateway({
    files: { 'shop.js': SHOP, 'filter.js': FILTER, 'files/a.txt': 'a file' },
    yaml: `
worker_processes: 2
http:
  root: "%%DIR%%"
  script_zone: zone=scripts:1m
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
        /a/: { script: { file: shop.js, tenant: acme } }
        /b/: { script: { file: shop.js, tenant: bolt, concurrency: 1 } }
        /timed/: { script: { file: shop.js, tenant: timed, server_timing: on } }
        /files/: { script: { file: filter.js, tenant: timed, server_timing: on } }
        = /status: { script_status: zone=scripts }
        = /metrics: { script_status: zone=scripts format=prometheus }
`,
    expected: ['script "shop.js"'],
  })
}, 60_000)

interface Row {
  tenant: string
  script: string
  runs: number
  fuel: number
  memory: number
  failures: Record<string, number>
}

async function rowOf(tenant: string): Promise<Row | undefined> {
  const { headers, text } = await get(gateway.port(), '/status')
  expect(headers.get('content-type')).toBe('application/json')
  const { scripts } = JSON.parse(text) as { scripts: Row[] }
  return scripts.find((row) => row.tenant === tenant)
}

/** Each on a connection of its own, so that both workers have some. */
function ask(path: string, count: number) {
  return Promise.all(Array.from({ length: count }, () => get(gateway.port(), path)))
}

describe('script_status', () => {
  test('counts runs, fuel and failures by code, of all workers', async () => {
    await ask('/a/hi', 40)
    await ask('/a/oh', 3)
    await ask('/a/spin', 1)
    // Each request has a run of access, and one of fetch.
    let row: Row | undefined
    await until('all to be counted', async () => {
      row = await rowOf('acme')
      return row?.runs === 88
    })
    expect(row?.failures).toEqual({ script_error: 3, script_cpu: 1 })
    expect(row?.script).toBe(gateway.workspace.path('shop.js'))
    // A run to the limit of 20 ms, and the others.
    expect(row?.fuel).toBeGreaterThan(5_000_000)
    expect(row?.fuel).toBeLessThan(7_000_000)
    expect(row?.memory).toBeGreaterThan(100_000)
  })

  test('counts what was refused without a run', async () => {
    await until('one of many to be refused', async () => {
      const answers = await ask('/b/slow', 20)
      return answers.some(({ status }) => status === 429)
    })
    await until('it to be counted', async () => {
      return ((await rowOf('bolt'))?.failures.script_concurrency ?? 0) > 0
    })
  })

  test('keeps what workers have counted that are gone', async () => {
    await ask('/a/hi', 4)
    await gateway.reload()
    await until('what the old workers counted', async () => (await rowOf('acme'))?.runs === 96)
  })

  test('speaks to Prometheus', async () => {
    const { headers, text } = await get(gateway.port(), '/metrics')
    expect(headers.get('content-type')).toBe('text/plain; version=0.0.4')
    const labels = `script="${gateway.workspace.path('shop.js')}",tenant="acme"`
    expect(text).toContain('# TYPE gateway_script_runs_total counter\n')
    expect(text).toContain(`gateway_script_runs_total{${labels}} 96\n`)
    expect(text).toContain(`gateway_script_failures_total{${labels},code="script_cpu"} 1\n`)
    expect(text).toMatch(/^gateway_script_fuel_total\{.*tenant="acme"\} \d+$/m)
  })

  test('is read only', async () => {
    expect((await once(gateway.port(), request('POST /status', {}, ''))).status).toBe(405)
  })
})

describe('server_timing', () => {
  const METRICS = /^script;dur=\d+\.\d{3};desc="access", script;dur=(\d+\.\d{3});desc="fetch"$/

  test('tells what each hook has burnt, beside what the script says itself', async () => {
    const answer = await get(gateway.port(), '/timed/hi')
    const [own, timing] = answer.headers.all('server-timing')
    expect(own).toBe('own;dur=1')
    expect(Number(METRICS.exec(timing ?? '')?.[1])).toBeGreaterThan(0)
  })

  test('tells it of one that has waited, and of one that failed', async () => {
    const slow = await once(gateway.port(), request('POST /timed/slow', {}, 'body'))
    expect(slow.text).toBe('hi body')
    expect(Number(METRICS.exec(slow.headers.all('server-timing')[1] ?? '')?.[1])).toBeGreaterThan(0)
    const failed = await get(gateway.port(), '/timed/oh')
    expect([failed.status, failed.headers.get('server-timing')]).toEqual([
      500,
      expect.stringMatching(METRICS),
    ])
  })

  test('tells it of a hook that filters, and says nothing where nobody asks', async () => {
    const filtered = await get(gateway.port(), '/files/a.txt')
    expect(filtered.text).toBe('a file')
    expect(filtered.headers.get('server-timing')).toMatch(/^script;dur=\d\.\d+;desc="response"$/)
    expect((await get(gateway.port(), '/a/hi')).headers.all('server-timing')).toEqual(['own;dur=1'])
  })
})

describe('a configuration', () => {
  test.each([
    ['script_status: zone=other', /zero size shared memory zone "other"/],
    ['script_status: format=json', /must have "zone" parameter/],
    ['script_status: zone=scripts format=xml', /"xml" is no format/],
  ])('with %s is refused', async (line, why) => {
    const started = startGateway({
      yaml: `
http:
  script_zone: zone=scripts:1m
  server: { listen: 127.0.0.1:%%PORT%%, location: { /: { ${line} } } }
`,
    })
    await expect(started).rejects.toThrow(why)
  })
})

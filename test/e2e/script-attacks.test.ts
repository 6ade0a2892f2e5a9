import { beforeAll, describe, expect, test } from 'vitest'
import { FAILURES, type FailureCode } from '../../src/plugins/script/failure.ts'
import type { Gateway } from '../harness/gateway.ts'
import { connect, GET, type RawClient } from '../harness/raw-client.ts'
import type { Response } from '../harness/response.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { until } from '../harness/wait.ts'
import { type Attack, isExact } from '../sandbox/attacks/attack.ts'
import { GATEWAY_ATTACKS, SECRET, VICTIM } from '../sandbox/attacks/victim.ts'

/** Every how many attacks one is made in a second gateway, to compare the fuel of processes. */
const SAMPLE = 20

const OPTIONS = `tenant: attacker, cpu_share: 100%, env: { SECRET: ${SECRET} }, response_body: 1m, wall: 3s`
const YAML = `
worker_processes: 1
http:
  root: "%%DIR%%"
  keepalive_requests: 100000
  log_format: "used '$http_x_attack $status $script_error $script_fuel'"
  server:
    - listen: 127.0.0.1:%%PORT%%
      access_log: used.log used
      location:
        /: { script: { file: victim/script.js, ${OPTIONS} } }
        /roomy: { script: { file: victim/script.js, ${OPTIONS}, cpu: 500ms, request_cpu: 500ms } }
        /other: { script: { file: other/script.js, tenant: neighbour } }
`

const ALL = GATEWAY_ATTACKS.map((attack, number) => ({ ...attack, number }))

let gateway: Gateway
let client: RawClient
const expected: Record<string, string> = {}

beforeAll(async () => {
  gateway = await start()
  client = await connect(gateway.port())
  for (const path of ['/', '/roomy', '/other'])
    expected[path] = plain(await client.exchange(GET(path)))
}, 60_000)

async function start(): Promise<Gateway> {
  return await startGateway({
    files: { 'victim/script.js': VICTIM, 'other/script.js': VICTIM },
    yaml: YAML,
    // They are what is tested.
    expected: ['script "'],
  })
}

describe.each(ALL)('$code: $name', (attack) => {
  test('is answered by its code, and nobody else notices', async () => {
    for (let each = 0; each < 2; each++) {
      const answer = await strike(client, attack)
      expectCode(answer, attack)
      for (const path of [placeOf(attack), '/other']) {
        expect(plain(await client.exchange(GET(path)))).toBe(expected[path])
      }
    }
  })
})

test('each attack has burnt the same fuel each time, in another process too', async () => {
  const second = await start()
  const another = await connect(second.port())
  const exact = ALL.filter(isExact)
  const sample = exact.filter((_, i) => i % SAMPLE === 0)
  // Not in the order of the first one.
  for (const attack of sample.reverse()) {
    await strike(another, attack)
    await another.exchange(GET(placeOf(attack)))
  }
  const [burnt, others] = [await used(gateway, 2), await used(second, 1)]
  expect(burnt.size).toBe(ALL.length)
  const unlike = exact.filter(({ number }) => new Set(burnt.get(number)).size !== 1)
  expect(unlike).toEqual([])
  for (const { number } of sample) expect(others.get(number)?.[0]).toBe(burnt.get(number)?.[0])
}, 60_000)

test('no path, no secret and no forged line is in the error log', async () => {
  const log = gateway.errorLog()
  expect(log).not.toMatch(/^\[error\] forged/m)
  expect(log).not.toContain('node_modules')
  // Its own error the tenant's line has, and nothing else has it.
  const lines = log.split('\n').filter((line) => line.includes(SECRET))
  expect(lines.filter((line) => !line.includes('of tenant "attacker"'))).toEqual([])
})

function strike(by: RawClient, attack: Attack & { number: number }) {
  return by.exchange(GET(placeOf(attack), { 'X-Attack': `${attack.number}` }))
}

/** Memory and jobs are used up by work, for which there must be time enough. */
function placeOf({ verdict }: Attack): string {
  return verdict === 'memory' || verdict === 'jobs' ? '/roomy' : '/'
}

function expectCode(answer: Response, { code }: Attack): void {
  const { headers, status, text } = answer
  expect(headers.get('gateway-error') ?? 'none').toBe(code)
  expect(status).toBe(code === 'none' ? 200 : FAILURES[code as FailureCode].status)
  expect(headers.get('set-cookie')).toBeUndefined()
  if (code === 'none') return
  expect(JSON.parse(text)).toEqual({ title: FAILURES[code].title, status, code })
  expect(text + headers.lines.join()).not.toContain(SECRET)
}

/** An answer as it was on the wire, but for the time. */
function plain({ body, headers, reason, status, version }: Response): string {
  const fields = headers.lines.filter(([name]) => name.toLowerCase() !== 'date')
  return JSON.stringify([version, status, reason, fields, body.toString('latin1')])
}

/** What the access log says of each attack by its number, once it says so often enough. */
async function used(of: Gateway, times: number): Promise<Map<number, string[]>> {
  const found = () => {
    const lines = new Map<number, string[]>()
    for (const line of of.accessLog('used.log').split('\n')) {
      const number = Number.parseInt(line, 10)
      if (!Number.isNaN(number)) lines.set(number, [...(lines.get(number) ?? []), line])
    }
    return lines
  }
  await until('the lines', () => [...found().values()].every((each) => each.length >= times))
  return found()
}

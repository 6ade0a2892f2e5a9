import { beforeAll, describe, expect, test } from 'vitest'
import { runCommand } from '../harness/command.ts'
import type { Gateway } from '../harness/gateway.ts'
import { type HttpOrigin, httpOrigin } from '../harness/http-origin.ts'
import { get, once, request } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { until } from '../harness/wait.ts'
import { Workspace } from '../harness/workspace.ts'

const TIERS = `
let asked = 0
type Find = (request: Request, env: Record<string, string>) => unknown
const tier: Find = (request, env) => {
  const name = request.headers.get('x-key')
  if (name === 'throw') throw new Error('no tier')
  if (name === 'spin') for (;;);
  if (name === 'inject') return 'a\\r\\nSet-Cookie: stolen=1'
  if (name === 'long') return 'x'.repeat(40_000)
  if (name === 'wait') return new Promise((resolve) => setTimeout(() => resolve('late'), 10))
  if (name === 'soon') return Promise.resolve('soon')
  if (name === 'body') return request.text()
  if (name === 'number') return 7
  if (name === 'none') return undefined
  if (name === 'accents') return 'né'
  return name === env.GOLD ? 'gold' : 'plain'
}
export default {
  variables: { tier, once: () => { console.warn('once was asked'); return String(Math.random()) } },
}
`
const OTHER = `export default { variables: { tier: () => 'other' } }`

let gateway: Gateway
let port: number
let backend: HttpOrigin

beforeAll(async () => {
  backend = await httpOrigin(({ body }) => ({ body }))
  gateway = await startGateway({
    files: { 'tiers.ts': TIERS, 'other.ts': OTHER },
    yaml: `
worker_processes: 1
http:
  log_format: "tiers '$uri [$tier] $script_error $script_fuel'"
  server:
    - listen: 127.0.0.1:%%PORT%%
      access_log: tiers.log tiers
      location:
        /: { script: { file: tiers.ts, variables: [tier, once], env: { GOLD: aurum } }, return: 200 $tier }
        /if: { script: { file: tiers.ts, variables: [tier, once], env: { GOLD: aurum } }, if: { ($tier = gold): { return: 200 golden } }, return: 200 $once-$once }
        /sent: { script: { file: tiers.ts, variables: tier }, proxy_pass: http://${backend.address}, proxy_set_header: X-Tier $tier, add_header: X-Tier $tier }
        /other: { script: { file: other.ts, variables: tier }, return: 200 $tier }
        /none: { return: 200 none$tier }
`,
    expected: ['script "'],
  })
  port = gateway.port()
}, 60_000)

const tierOf = async (key: string) => (await get(port, '/', { 'x-key': key })).text

describe('a variable of a script', () => {
  test('has the value the script finds', async () => {
    expect(await tierOf('aurum')).toBe('gold')
    expect(await tierOf('ferrum')).toBe('plain')
    expect(await tierOf('number')).toBe('7')
    expect(await tierOf('soon')).toBe('soon')
    expect(await tierOf('accents')).toBe('né')
    expect(await tierOf('none')).toBe('')
  })

  test('can be decided by, sent to a peer and to the client', async () => {
    expect((await get(port, '/if', { 'x-key': 'aurum' })).text).toBe('golden')
    const answer = await get(port, '/sent', { 'x-key': 'ferrum' })
    expect(answer.headers.get('x-tier')).toBe('plain')
    expect(backend.requests.at(-1)?.headers.get('x-tier')).toBe('plain')
  })

  test('is that of the location a request is in, and empty where there is none', async () => {
    expect((await get(port, '/other')).text).toBe('other')
    expect((await get(port, '/none')).text).toBe('none')
  })

  test('is computed once for a request, and not unless it is asked for', async () => {
    const asked = () => gateway.errorLog().split('once was asked').length - 1
    const before = asked()
    const [a, b] = (await get(port, '/if')).text.split('-')
    expect(a).toBe(b)
    await gateway.logged(/once was asked/)
    await get(port, '/')
    expect(asked()).toBe(before + 1)
  })

  test.each([
    ['throw', 'script_error'],
    ['inject', 'script_bad_variable'],
    ['long', 'script_bad_variable'],
    ['wait', 'script_bad_variable'],
    ['body', 'script_error'],
  ])('is empty where it cannot be had: %s', async (key, code) => {
    const answer = await once(port, request('POST /sent', { 'x-key': key }, 'body'))
    expect([answer.status, answer.text]).toEqual([200, 'body'])
    expect(answer.headers.get('x-tier')).toBeUndefined()
    expect(answer.headers.get('set-cookie')).toBeUndefined()
    await until('the line', () => gateway.accessLog('tiers.log').includes(`/sent [-] ${code} `))
    await gateway.logged(new RegExp(`script "tiers.ts" of tenant "-": ${code}`))
  })

  test('is held by its limits', async () => {
    expect(await tierOf('spin')).toBe('')
    await until('the line', () => gateway.accessLog('tiers.log').includes('/ [-] script_cpu '))
  })
})

describe('a configuration', () => {
  const SERVER = (location: string) =>
    `http: { server: [{ listen: 127.0.0.1:1, location: ${location} }] }`

  async function tested(yaml: string): Promise<string> {
    const workspace = new Workspace('script')
    workspace.write('tiers.ts', TIERS)
    workspace.write('gateway.yaml', yaml)
    const { stderr } = await runCommand(['-t', '-p', workspace.dir, '-c', 'gateway.yaml'])
    return stderr
  }

  test('is refused where it names a variable that no script provides', async () => {
    expect(
      await tested(SERVER('{ /: { script: { file: tiers.ts, variables: [tier, colour] } } }')),
    ).toMatch(/script: it has no variable "colour"/)
    expect(await tested(SERVER('{ /: { script: tiers.ts, return: 200 $tier } }'))).toMatch(
      /unknown variable "\$tier"/,
    )
  })

  test('is refused where a variable has a name that is taken, or none', async () => {
    const script = (name: string) =>
      SERVER(`{ /: { script: { file: tiers.ts, variables: ${name} } } }`)
    expect(await tested(script('uri'))).toMatch(/the duplicate "uri" variable/)
    expect(await tested(script('a-b'))).toMatch(/"a-b" is no name of a variable/)
  })
})

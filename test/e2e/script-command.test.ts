import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { COMMAND, ensureBuilt } from '../harness/build.ts'
import { onCleanup } from '../harness/cleanup.ts'
import { runCommand } from '../harness/command.ts'
import { httpOrigin } from '../harness/http-origin.ts'
import { until } from '../harness/wait.ts'
import { Workspace } from '../harness/workspace.ts'

const SHOP = `interface Env { GREETING: string }
interface Context {
  next(request?: Request): Promise<Response>
  waitUntil(promise: Promise<unknown>): void
}

export default {
  async fetch(request: Request, env: Env, ctx: Context): Promise<Response> {
    const { pathname } = new URL(request.url)
    console.log('asked for', pathname)
    if (pathname === '/oh') throw new Error('oh no')
    if (pathname === '/spin') for (;;);
    if (pathname === '/next') return ctx.next()
    if (pathname === '/bytes') return new Response(new Uint8Array([255, 0]))
    if (pathname === '/behind') {
      ctx.waitUntil(new Promise((resolve) => setTimeout(resolve, 20)).then(() => console.warn('behind')))
    }
    const said = await request.text()
    return new Response(\`\${env.GREETING}, \${request.headers.get('x-name')}! \${said}\\n\`)
  },
}
`
const FILTER = `export default {
  access(request) {
    if (request.headers.has('x-deny')) return new Response('no', { status: 403 })
  },
  response(response) {
    response.headers.set('x-filtered', 'yes')
    return response
  },
}
`

let workspace: Workspace

beforeAll(async () => {
  await ensureBuilt()
  workspace = new Workspace('script-command')
  onCleanup(() => workspace.remove())
  mkdirSync(workspace.path('tmp'))
  workspace.write('shop.ts', SHOP)
  workspace.write('filter.js', FILTER)
  workspace.write('trivial.ts', "export default { fetch: () => new Response('hello') }\n")
  workspace.write('body.txt', 'what is in a file')
  workspace.write('broken.ts', 'export default { fetch() { retrn 5 } }\n')
  workspace.write('thrower.ts', "\nthrow new TypeError('at once')\nexport default {}\n")
})

async function script(...words: string[]) {
  const env = { TMPDIR: workspace.path('tmp') }
  const result = await runCommand(['script', ...words], { cwd: workspace.dir, env })
  // Whatever happens, nothing of it is left over.
  expect(readdirSync(workspace.path('tmp'))).toEqual([])
  return result
}

async function scriptJson(...words: string[]) {
  const { code, stdout } = await script(...words, '--json')
  return { code, ...JSON.parse(stdout) }
}

describe('gateway script run', () => {
  test('prints answer, logs and what the hook used', async () => {
    const { code, stdout, stderr } = await script(
      ...['run', 'shop.ts', '--url', 'http://a.example/shop?a=1', '-H', 'X-Name: Ada'],
      ...['--env', 'GREETING=Good "morning" $x', '--method', 'put', '--body', 'Tea?'],
    )
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/^HTTP\/1\.1 200 OK\n/)
    expect(stdout).toMatch(/^Content-Type: text\/plain;charset=UTF-8$/m)
    expect(stdout).toContain('\n\nGood "morning" $x, Ada! Tea?\n')
    expect(stdout).toMatch(/^\[info\] asked for \/shop$/m)
    expect(stdout).toMatch(/^fetch: fuel \d+, CPU 0\.\d+ ms, memory \d+ bytes$/m)
  })

  test('burns the same fuel for the same request', async () => {
    const words = ['run', 'shop.ts', '--env', 'GREETING=Hi']
    const [first, second] = [await scriptJson(...words), await scriptJson(...words)]
    expect(first.runs[0].fuel).toBeGreaterThan(100)
    expect(second.runs[0].fuel).toBe(first.runs[0].fuel)
  })

  test('shows where it throws, in its TypeScript, and ends with 1', async () => {
    const { code, stdout } = await script('run', 'shop.ts', '--url', '/oh')
    expect(code).toBe(1)
    expect(stdout).toMatch(/^HTTP\/1\.1 500 /)
    expect(stdout).toMatch(/^script_error: Error: oh no at fetch \(shop\.ts:11:\d+\)$/m)
    expect(stdout).toMatch(
      /^ {2}11 \| {5}if \(pathname === '\/oh'\) throw new Error\('oh no'\)\n +\| +\^$/m,
    )
  })

  test('tells it in JSON as well', async () => {
    const { code, answer, failure, logs } = await scriptJson('run', 'shop.ts', '--url', '/oh')
    expect(code).toBe(1)
    expect(answer.status).toBe(500)
    expect(failure).toMatchObject({ code: 'script_error', file: 'shop.ts', line: 11 })
    expect(logs).toEqual([{ level: 'info', text: 'asked for /oh' }])
  })

  test('holds it to the limits that are given', async () => {
    const { code, failure, runs } = await scriptJson(
      ...['run', 'shop.ts', '--url', '/spin', '--set', 'cpu=5ms', '--set', 'tenant=acme'],
    )
    expect([code, failure.code]).toEqual([1, 'script_cpu'])
    expect(runs[0]).toMatchObject({ hook: 'fetch', verdict: 'cpu' })
    expect(runs[0].cpu).toBeCloseTo(5, 1)
  })

  test('waits for what goes on behind the answer', async () => {
    const { code, logs, runs } = await scriptJson('run', 'shop.ts', '--url', '/behind')
    expect([code, runs.length]).toEqual([0, 1])
    expect(logs).toContainEqual({ level: 'warn', text: 'behind' })
  })

  test('takes a body from a file, and shows one that is no text', async () => {
    const told = await scriptJson('run', 'shop.ts', '--body', '@body.txt')
    expect(told.answer.body).toContain('what is in a file')
    const { answer } = await scriptJson('run', 'shop.ts', '--url', '/bytes')
    expect(answer.base64).toBe(Buffer.from([255, 0]).toString('base64'))
  })

  test('gives the location a handler, which says what it was asked', async () => {
    const { answer } = await scriptJson('run', 'shop.ts', '--url', '/next')
    expect(answer.body).toBe('GET /next\n')
    const other = await scriptJson('run', 'shop.ts', '--url', '/next', '--handler', 'mine')
    expect(other.answer.body).toBe('mine')
  })

  test('lets a server be the handler', async () => {
    const origin = await httpOrigin(() => ({ body: 'of the server' }))
    const url = `http://127.0.0.1:${origin.port}`
    const { answer } = await scriptJson('run', 'shop.ts', '--url', '/next', '--handler', url)
    expect(answer.body).toBe('of the server')
  })

  test('runs the other hooks, and says which', async () => {
    const passed = await scriptJson('run', 'filter.js', '--url', '/a')
    expect(passed.answer.headers).toContainEqual(['x-filtered', 'yes'])
    expect(passed.runs.map(({ hook }: { hook: string }) => hook)).toEqual(['access', 'response'])
    const refused = await scriptJson('run', 'filter.js', '-H', 'X-Deny: 1')
    expect([refused.code, refused.answer.status]).toEqual([0, 403])
  })

  test.each([
    [['broken.ts'], /^gateway: \[error\] script: broken\.ts:1:34: Expected ";".*\n.*retrn 5/],
    [['thrower.ts'], /^gateway: \[error\] script: thrower\.ts: error: TypeError: at once\n.*2:/],
    [['none.ts'], /^gateway: \[error\] script: script ".*none\.ts" is not there$/m],
    [['trivial.ts', '--set', 'cpu=long'], /^gateway: \[error\] script: "long" is not a time$/m],
    [['trivial.ts', '--set', 'cpu'], /--set cpu: write --set NAME=value/],
    [['trivial.ts', '--url', 'ftp://a'], /--url ftp:\/\/a: write http:\/\/host\/path or \/path/],
    [['trivial.ts', '-H', 'a b'], /-H a b: write -H 'Name: value'/],
    [['trivial.ts', '--body', '@none'], /--body @none: ENOENT/],
  ])('says why %j cannot be', async (words, expected) => {
    const { code, stderr, stdout } = await script('run', ...words)
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(expected)
    expect(stderr).not.toContain('gateway.yaml')
  })

  test('leaves nothing behind when it is interrupted', async () => {
    const folder = workspace.path('tmp')
    const child = spawn(
      process.execPath,
      [COMMAND, 'script', 'bench', 'trivial.ts', '--time', '60'],
      {
        cwd: workspace.dir,
        env: { ...process.env, TMPDIR: folder },
      },
    )
    const ended = new Promise((resolve) => child.once('exit', resolve))
    const socket = () =>
      readdirSync(folder).some((name) => existsSync(`${folder}/${name}/shown.sock`))
    await until('the playground to listen', socket)
    child.kill('SIGINT')
    expect(await ended).toBe(1)
    expect(readdirSync(folder)).toEqual([])
  })
})

describe('gateway script bench', () => {
  test('tells what a request costs, and what of it is isolation', async () => {
    const { stdout } = await script('bench', 'trivial.ts', '--time', '1')
    for (const name of ['whole', 'gateway', 'script', 'isolation']) {
      expect(stdout).toMatch(new RegExp(`^${name} +\\d+\\.\\d µs`, 'm'))
    }
    const {
      code,
      requests,
      whole,
      script: own,
      gateway,
      isolation,
      fuel,
    } = await scriptJson(...['bench', 'trivial.ts', '--time', '1'])
    expect(code).toBe(0)
    expect(requests).toBeGreaterThan(0)
    expect(whole).toBeGreaterThan(0)
    expect(own + gateway + isolation).toBeGreaterThanOrEqual(whole - 0.001)
    expect(fuel).toBeGreaterThan(100)
  })

  test('measures nothing that fails', async () => {
    const { code, stderr } = await script('bench', 'shop.ts', '--url', '/oh')
    expect([code, stderr]).toEqual([1, expect.stringMatching(/script_error: Error: oh no/)])
  })
})

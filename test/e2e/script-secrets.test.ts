import { beforeAll, describe, expect, test } from 'vitest'
import { runCommand } from '../harness/command.ts'
import type { Gateway } from '../harness/gateway.ts'
import { get } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { Workspace } from '../harness/workspace.ts'

const TELLER = `
let sent = 0
interface Env { TOKEN: string; KEY: string; PLAIN: string }
export default { async fetch(request: Request, env: Env) {
  const { pathname } = new URL(request.url)
  if (pathname === '/lengths') return Response.json([env.TOKEN.length, env.KEY.length, env.PLAIN])
  if (pathname === '/throw') throw new Error('bad token ' + env.TOKEN)
  if (pathname === '/log') { console.error('key:', env.KEY); return new Response('logged') }
  if (pathname === '/report') { void Promise.reject(new Error(env.KEY)); return new Response('reported') }
  if (pathname === '/header') return new Response('', { headers: { 'x-key': env.KEY + '\\n.' } })
  if (pathname === '/stream') return new Response(new ReadableStream({ pull(controller) { if (sent++ === 0) controller.enqueue(new Uint8Array(9)); else throw new Error('broke\\n2026 [emerg] forged ' + env.KEY) } }))
  if (pathname === '/value') return new Response(env.KEY)
  return new Response('nothing')
} }
`
const TOKEN = 'token-of-the-shop-4711'
const KEY = 'key in a file: äöü "quoted"'
const YAML = `
worker_processes: 1
http:
  log_format: "used '$uri $status $script_error'"
  server:
    - listen: 127.0.0.1:%%PORT%%
      access_log: used.log used
      location:
        /: { script: { file: teller.ts, secrets: { TOKEN: env:SHOP_TOKEN, KEY: file:key.txt }, env: { PLAIN: plain } } }
`

let gateway: Gateway
beforeAll(async () => {
  gateway = await startGateway({
    files: { 'teller.ts': TELLER, 'key.txt': `${KEY}\n` },
    yaml: YAML,
    env: { SHOP_TOKEN: TOKEN },
    expected: ['script "teller.ts"', 'plugin "script" failed: its answer broke off'],
  })
}, 60_000)

const text = async (path: string) => (await get(gateway.port(), path)).text

function unsaid(said: string): void {
  expect(said).not.toContain(TOKEN)
  expect(said).not.toContain('key in a file')
}

describe('a secret', () => {
  test('is what the environment or a file has, without the line feed at its end', async () => {
    expect(JSON.parse(await text('/lengths'))).toEqual([TOKEN.length, KEY.length, 'plain'])
  })

  test('stands in no answer but the script’s own', async () => {
    for (const path of ['/throw', '/header', '/report', '/log']) {
      const answer = await get(gateway.port(), path)
      unsaid(JSON.stringify([answer.text, answer.headers.lines]))
    }
    expect(await text('/value')).toContain('key in a file')
  })

  test('stands in no log', async () => {
    await Promise.all([text('/throw'), text('/log'), text('/report')])
    await gateway.logged(/script_error .*Error: bad token \[secret TOKEN\]/)
    await gateway.logged(/\[error\] .*key: \[secret KEY\]/)
    await expect(get(gateway.port(), '/stream')).rejects.toThrow()
    await gateway.logged(
      /its answer broke off: Error: broke\\x0A2026 \[emerg\] forged \[secret KEY\]/,
    )
    unsaid(gateway.errorLog())
    unsaid(gateway.accessLog('used.log'))
    unsaid(gateway.output())
  })

  test('is not explained', async () => {
    const args = ['explain', 'GET', '/', '-p', gateway.dir, '-c', 'gateway.yaml']
    for (const each of [args, ['-T', '-p', gateway.dir, '-c', 'gateway.yaml']]) {
      const { stderr, stdout } = await runCommand(each, { env: { SHOP_TOKEN: TOKEN } })
      unsaid(stdout + stderr)
    }
  })

  test('is read anew with a reload', async () => {
    gateway.workspace.write('key.txt', 'another')
    await gateway.reload()
    expect(await text('/value')).toBe('another')
  })
})

describe('a configuration', () => {
  async function refused(script: string): Promise<string> {
    const workspace = new Workspace('script')
    workspace.write('a.ts', TELLER)
    workspace.write('empty.txt', '\n')
    workspace.write('no-fetch.ts', 'export default { access() {} }')
    workspace.write(
      'gateway.yaml',
      `http:\n  server:\n    - listen: 127.0.0.1:1\n      location: { /: { script: { file: a.ts, ${script} } } }\n`,
    )
    const args = ['-t', '-p', workspace.dir, '-c', 'gateway.yaml']
    const { code, stderr } = await runCommand(args, { env: { SHOP_EMPTY: '' } })
    expect([code, stderr]).toEqual([1, expect.stringMatching(/gateway\.yaml:4:\d+/)])
    return stderr
  }

  test.each([
    [
      'secrets: { A: env:SHOP_NOT_SET }',
      'secret "A": variable SHOP_NOT_SET of the environment is not set',
    ],
    ['secrets: { A: env:SHOP_EMPTY }', 'variable SHOP_EMPTY of the environment is empty'],
    ['secrets: { A: file:none.txt }', 'none.txt cannot be read (ENOENT)'],
    ['secrets: { A: file:empty.txt }', 'empty.txt is empty'],
    ['secrets: { A: hunter2 }', 'kind:what is needed here'],
    ['secrets: { A: "plain:hunter2" }', 'a secret is not written here'],
    ['env: { A: b }, secrets: { A: env:HOME }', '"A" is in env already'],
    ['bindings: { "A-B": kv:x }', '"A-B" is no name of a variable'],
    ['bindings: { A: disk:x }', '"disk:" is nothing to bind'],
    ['bindings: { A: kv:../x }', '"../x" is no name of a namespace'],
    ['bindings: { A: "upstream:a b" }', 'a b'],
    ['bindings: { A: script:./none.ts }', 'none.ts'],
    ['bindings: { A: script:./no-fetch.ts }', 'a script that is bound has to have fetch'],
    ['egress: [ "http://x.example/" ]', 'is no host'],
    ['egress: [ "*" ]', 'names no host'],
    ['resolver: dns.example', '"dns.example" is no address of a name server'],
    ['subrequests: 0', 'must be more than 0'],
    ['tenant: ..', '".." is no tenant'],
  ])('with %s is refused', async (script, fault) => {
    const said = await refused(script)
    expect(said).toContain(fault)
    expect(said.replaceAll(/\n {2,}.*|\n *\d+ \|.*/g, '')).not.toContain('hunter2')
  })
})

import { once as onceOf } from 'node:events'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ROOT } from '../harness/build.ts'
import { onCleanup } from '../harness/cleanup.ts'
import { runCommand } from '../harness/command.ts'
import type { Gateway } from '../harness/gateway.ts'
import { get, once, request } from '../harness/raw-client.ts'
import { sqliteMissing } from '../harness/sqlite-missing.ts'
import { type GatewayOptions, startGateway } from '../harness/start-gateway.ts'
import { until } from '../harness/wait.ts'
import { Workspace } from '../harness/workspace.ts'
import { examplesOn } from '../repository/pages.ts'

interface StartOptions extends Pick<GatewayOptions, 'env' | 'expected'> {
  readonly edit?: (yaml: string) => string
}

/** Starts a configuration of a guide with all scripts and plugins of the page, but for its ports. */
function start(
  guide: string,
  name: string,
  { env = {}, edit = (yaml: string) => yaml, expected = [] }: StartOptions = {},
): Promise<Gateway> {
  const examples = examplesOn(join('docs', 'guide', `${guide}.md`))
  const yaml = examples.find(({ label }) => label === name)?.text ?? ''
  const ports = ['8080', '9000', '9001', '9002', '9003']
  const files = examples.filter(
    ({ language, label }) => language === 'ts' && /^[\w-]+\.ts$/.test(label),
  )
  return startGateway({
    yaml: ports.reduce(
      (text, port, i) => text.replaceAll(port, i === 0 ? '%%PORT%%' : `%%PORT_${i}%%`),
      edit(yaml),
    ),
    files: Object.fromEntries(files.map(({ label, text }) => [label, text])),
    env,
    expected,
  })
}

test('the scripts that were njs do what they did', async () => {
  const names = ['tier', 'join', 'upper', 'resolve']
  const started = names.map((name) => start('from-njs', `${name}.yaml`))
  const [tier, join, upper, resolve] = (await Promise.all(started)) as [
    Gateway,
    Gateway,
    Gateway,
    Gateway,
  ]
  expect((await get(tier.port(), '/', { 'X-Plan': 'gold' })).text).toBe('gold\n')
  expect((await get(tier.port(), '/')).text).toBe('basic\n')
  expect(JSON.parse((await get(join.port(), '/summary')).text)).toEqual([['ann', 'bob'], [17]])
  expect((await get(upper.port(), '/')).text).toBe('ZÜRICH\n')
  expect((await get(resolve.port(), '/a', { 'X-Beta': '1' })).text).toBe('beta of /beta/a\n')
  expect((await get(resolve.port(), '/a')).text).toBe('stable of /stable/a\n')
})

test('the script that was Lua checks who comes', async () => {
  const gateway = await start('from-lua', 'check.yaml', { env: { TOKEN: 'open sesame' } })
  const { headers, status } = await get(gateway.port(), '/')
  expect([status, headers.get('www-authenticate')]).toEqual([401, 'Token'])
  expect((await get(gateway.port(), '/', { 'X-Token': 'open sesame' })).text).toBe('in\n')
})

test.skipIf(sqliteMissing)('the counter that was Lua counts in all workers', async () => {
  const gateway = await start('from-lua', 'hits.yaml')
  const hits = async () => Number((await get(gateway.port(), '/')).headers.get('x-hits'))
  const before = await hits()
  await until('the count', async () => (await hits()) >= before + 2)
})

test('the balancer that was Lua finds the shard', async () => {
  const gateway = await start('from-lua', 'shard.yaml')
  for (const [shard, text] of ['one', 'two', 'one'].entries()) {
    expect((await get(gateway.port(), `/?shard=${shard}`)).text).toBe(text)
  }
})

test('the filter and the balancer of the guides work in the gateway', async () => {
  const plain = await start('filters', 'plain.yaml')
  expect((await get(plain.port(), '/')).text).toBe('let a = 1 // stays\n/ 2\n')
  const near = await start('balancers', 'local-first.yaml')
  for (let i = 0; i < 4; i++) expect((await get(near.port(), '/')).text).toBe('near')
})

describe('the end-to-end test of the guide', async () => {
  // Inside the package, so that `gateway/testing` means this one.
  const folder = join(ROOT, '.gateway', `guides-e2e-${process.pid}`)
  mkdirSync(folder, { recursive: true })
  onCleanup(() => rmSync(folder, { recursive: true, force: true }))
  for (const { label, text } of examplesOn(join('docs', 'guide', 'testing.md'))) {
    if (label.endsWith('.ts')) writeFileSync(join(folder, label), text)
  }
  await import(/* @vite-ignore */ join(folder, 'tenant.e2e.ts'))
})

/** A memcached as far as `get` goes: says what it is told to, however it is cut. */
async function memcached(answers: Readonly<Record<string, readonly string[]>>) {
  const asked: string[] = []
  let connections = 0
  const server = createServer((socket) => {
    connections++
    socket.on('data', async (chunk) => {
      const line = String(chunk)
      asked.push(line)
      const pieces = answers[line.slice(4, -2)] ?? ['END\r\n']
      for (const piece of pieces) {
        if (piece === '') socket.end()
        else socket.write(piece)
        await new Promise((resolve) => setImmediate(resolve))
      }
    })
    socket.on('error', () => {})
  }).listen(0, '127.0.0.1')
  await onceOf(server, 'listening')
  onCleanup(() => void server.close())
  const { port } = server.address() as AddressInfo
  return { address: `127.0.0.1:${port}`, asked, connections: () => connections }
}

test('the protocol of the guide asks memcached', async () => {
  const value = (text: string) => `VALUE k 0 ${text.length}\r\n${text}\r\nEND\r\n`
  const long = 'x'.repeat(200_000)
  const first = await memcached({
    '/a': [value('hello')],
    '/cut': [...value('in pieces')],
    '/long': [value(long)],
    '/%C3%A9%20b%0D%0Aget%20c': [
      'VALUE k 0 4 99\r\n',
      'esc',
      'aped'.slice(0, 1),
      '\r\nEND\r',
      '\n',
    ],
    '/wrong': ['VALUE k 0 2\r\nabc\r\nEND\r\n'],
    '/error': ['SERVER_ERROR out of memory\r\n'],
    '/short': ['VALUE k 0 9\r\nabc', ''],
    '/gone': [''],
  })
  const second = await memcached({
    '/error': [value('from the other')],
    '/gone': [value('backup')],
  })
  const gateway = await start('upstream-protocols', 'memcached.yaml', {
    edit: (yaml) =>
      yaml
        .replace('127.0.0.1:11211', `${first.address} max_fails=0`)
        .replace('127.0.0.1:11212', second.address),
    expected: [/memcached sent/],
  })
  const text = async (path: string) => (await get(gateway.port(), path)).text
  expect(await text('/a')).toBe('hello')
  expect(await text('/cut')).toBe('in pieces')
  expect(await text('/long')).toBe(long)
  expect(await text('/%C3%A9%20b%0D%0Aget%20c')).toBe('esca')
  expect(await text('/none')).toBe('made anew\n')
  expect(await text('/a')).toBe('hello')
  expect(first.asked).toContain('get /%C3%A9%20b%0D%0Aget%20c\r\n')
  const reused = first.connections()
  expect(reused).toBeLessThan(first.asked.length)
  expect(await text('/error')).toBe('from the other')
  expect(await text('/gone')).toBe('backup')
  expect(await text('/wrong')).toBe('ab')
  await gateway.logged(/memcached sent a value of another length/)
  await expect(text('/short')).rejects.toThrow()
  expect((await once(gateway.port(), request('HEAD /a'))).headers.get('content-length')).toBe('5')
  expect((await get(gateway.port(), `/${'x'.repeat(250)}`)).status).toBe(414)
  expect((await once(gateway.port(), request('DELETE /a'))).status).toBe(405)
  expect(await text('/a')).toBe('hello')
})

test('the package of the guide is described, packed, and installed', async () => {
  const workspace = new Workspace('publishing')
  onCleanup(() => workspace.remove())
  for (const { label, text } of examplesOn(join('docs', 'guide', 'publishing.md'))) {
    workspace.write(`hello-field/${label}`, text)
  }
  workspace.write(
    'site/gateway.yaml',
    'http: { server: { listen: 127.0.0.1:1, hello_field: hi, return: 200 } }',
  )
  const run = async (folder: string, ...words: string[]) => {
    const { code, stderr, stdout } = await runCommand(words, { cwd: workspace.path(folder) })
    expect(code, stderr).toBe(0)
    return stdout
  }
  workspace.write('hello-field/schema.json', await run('hello-field', 'plugin', 'describe'))
  await run('hello-field', 'plugin', 'pack')
  const archive = '../hello-field/acme-hello-field-1.0.0.tgz'
  await run('site', 'plugin', 'install', archive, '--yes')
  expect(await run('site', 'plugin', 'info', '@acme/hello-field')).toContain(
    'The text of the field X-Hello',
  )
  await run('site', '-t', '-c', 'gateway.yaml')
})

import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createServer, connect as dial } from 'node:net'
import { gzipSync } from 'node:zlib'
import { beforeAll, describe, expect, test } from 'vitest'
import { onCleanup } from '../harness/cleanup.ts'
import { runCommand } from '../harness/command.ts'
import { nginxMissing } from '../harness/nginx.ts'
import { freePort } from '../harness/ports.ts'
import { get, once, request } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { type Twins, twins } from '../harness/twins.ts'
import { until } from '../harness/wait.ts'
import { Workspace } from '../harness/workspace.ts'

const MEMCACHED = '/usr/bin/memcached'
const missing = existsSync(MEMCACHED)
  ? undefined
  : `${MEMCACHED} is not installed: apt-get install memcached`
if (missing !== undefined) console.warn(missing)

/** Starts a real memcached, and says what it is told. */
async function startMemcached() {
  const port = await freePort()
  const child = spawn(MEMCACHED, ['-l', '127.0.0.1', '-p', `${port}`, '-u', 'root', '-U', '0'], {
    stdio: 'ignore',
  })
  onCleanup(() => {
    child.kill('SIGKILL')
  })
  const say = async (command: string) => {
    const socket = dial(port, '127.0.0.1')
    const answer = new Promise<string>((resolve, reject) => {
      socket.once('data', (bytes) => resolve(bytes.toString('latin1')))
      socket.once('error', reject)
    })
    socket.write(command, 'latin1')
    return answer.finally(() => socket.destroy())
  }
  await until('memcached', async () => (await say('version\r\n').catch(() => '')) !== '')
  const set = (key: string, value: string, flags = 0) =>
    say(`set ${key} ${flags} 0 ${value.length}\r\n${value}\r\n`)
  const connections = async () =>
    Number(/total_connections (\d+)/.exec(await say('stats\r\n'))?.[1])
  return { port, set, connections }
}

describe.skipIf(missing !== undefined || nginxMissing() !== undefined)('as nginx does', () => {
  let pair: Twins
  let store: Awaited<ReturnType<typeof startMemcached>>
  beforeAll(async () => {
    store = await startMemcached()
    await store.set('/plain.txt', 'a value')
    await store.set('/empty.txt', '')
    await store.set('/large.txt', 'x'.repeat(700_000))
    await store.set('/a%20b.txt', 'blanks')
    await store.set('/zip.txt', gzipSync('compressed').toString('latin1'), 2)
    await store.set('/both.txt', 'other flags', 5)
    await store.set('/arg?x', 'with an argument')
    pair = await twins(
      `location / { set $memcached_key $uri; memcached_pass kept; memcached_gzip_flag 2; error_page 404 = @none; }
       location /plain404/ { set $memcached_key $uri; memcached_pass 127.0.0.1:${store.port}; }
       location /arg { set $memcached_key "$uri?$args"; memcached_pass kept; }
       location /unset { memcached_pass kept; }
       location /next { set $memcached_key /plain.txt; memcached_pass next; memcached_next_upstream error not_found; }
       location /down { set $memcached_key /plain.txt; memcached_pass 127.0.0.1:1; }
       location @none { return 404 "nothing at $uri"; }`,
      `upstream kept { server 127.0.0.1:${store.port}; keepalive 4; }
       upstream next { server 127.0.0.1:1; server 127.0.0.1:${store.port}; }`,
    )
  })

  test.each([
    '/plain.txt',
    '/empty.txt',
    '/large.txt',
    '/a%20b.txt',
    '/zip.txt',
    '/both.txt',
    '/none.txt',
    '/plain404/none',
    '/arg?x',
    '/arg?y',
    '/unset',
    '/next',
    '/down',
    '/a%0d%0aset%20x%200%200%201%0d%0ay',
  ])('%s', async (target) => {
    for (const method of ['GET', 'HEAD', 'POST']) {
      const { ours, theirs } = await pair.ask(target, { method })
      expect([method, ours]).toEqual([method, theirs])
    }
  })

  test('connections are kept', async () => {
    await pair.ours('/plain.txt')
    const before = await store.connections()
    for (let i = 0; i < 5; i++) expect((await pair.ours('/plain.txt')).body).toBe('a value')
    // Whoever asks for the count makes one itself.
    expect((await store.connections()) - before).toBe(1)
  })
})

test('what is no answer of memcached is 502, and too long a key nobody is asked for', async () => {
  const answers: Record<string, string> = {
    '/short': 'VALUE /short 0 50\r\nabc\r\nEND\r\n',
    '/long': 'VALUE /long 0 2\r\nabcdef\r\nEND\r\n',
    '/other': 'VALUE /else 0 2\r\nab\r\nEND\r\n',
    '/error': 'SERVER_ERROR out of memory\r\n',
    '/huge': `VALUE ${'x'.repeat(10_000)}`,
    '/negative': 'VALUE /negative 0 -1\r\n',
    '/good': 'VALUE /good 0 2\r\nab\r\nEND\r\n',
  }
  const asked: string[] = []
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.on('data', (bytes) => {
      const key = /^get (\S+)/.exec(bytes.toString('latin1'))?.[1] ?? ''
      asked.push(key)
      socket.end(answers[key] ?? '', 'latin1')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onCleanup(() => {
    server.close()
  })
  const { port } = server.address() as { port: number }
  const gateway = await startGateway({
    yaml: `
http:
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
        /: { set: $memcached_key $uri, memcached_pass: "127.0.0.1:${port}" }
`,
    expected: [/memcached sent/, /prematurely closed/],
  })
  expect((await get(gateway.port(), '/good')).text).toBe('ab')
  for (const path of ['/other', '/error', '/huge', '/negative', '/nothing']) {
    expect([path, (await get(gateway.port(), path)).status]).toEqual([path, 502])
  }
  await expect(get(gateway.port(), '/short')).rejects.toThrow()
  // What was announced is there; that more comes is the end of the connection alone.
  expect((await get(gateway.port(), '/long')).text).toBe('ab')
  await gateway.logged(/memcached sent invalid trailer/)
  asked.length = 0
  const long = request(`GET /${'k'.repeat(250)}`, { Connection: 'close' })
  expect((await once(gateway.port(), long)).status).toBe(414)
  expect(asked).toEqual([])
})

test('connections come from the address that memcached_bind says', async () => {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.on('data', (bytes) => {
      const key = /^get (\S+)/.exec(bytes.toString('latin1'))?.[1] ?? ''
      const from = socket.remoteAddress ?? ''
      socket.write(`VALUE ${key} 0 ${from.length}\r\n${from}\r\nEND\r\n`)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onCleanup(() => {
    server.close()
  })
  const { port } = server.address() as { port: number }
  const gateway = await startGateway({
    yaml: `
http:
  upstream: { kept: { server: "127.0.0.1:${port}", keepalive: 4 } }
  memcached_bind: 127.0.0.3
  server:
    - listen: 127.0.0.1:%%PORT%%
      set: $memcached_key $uri
      location:
        /above: { memcached_pass: kept }
        /own: { memcached_pass: kept, memcached_bind: 127.0.0.2 }
        /off: { memcached_pass: kept, memcached_bind: "off" }
        /asked: { memcached_pass: kept, memcached_bind: $arg_from }
`,
  })
  const from = async (target: string) => (await get(gateway.port(), target)).text
  // Kept connections are used again by those alone that would come from the same address.
  for (let times = 0; times < 2; times++) {
    expect(await from('/above')).toBe('127.0.0.3')
    expect(await from('/own')).toBe('127.0.0.2')
    expect(await from('/off')).toBe('127.0.0.1')
    expect(await from('/asked?from=127.0.0.4')).toBe('127.0.0.4')
    expect(await from('/asked')).toBe('127.0.0.1')
  }
})

test('wrong arguments are refused', async () => {
  const files = new Workspace('memcached')
  const said = async (text: string) => {
    files.write('bad.yaml', `http: { server: [ location: { /: { ${text} } } ] }\n`)
    return (await runCommand(['-t', '-c', files.path('bad.yaml')])).stderr
  }
  expect(await said('memcached_pass: "127.0.0.1:1"')).toContain('unknown variable "$memcached_key"')
  expect(await said('memcached_next_upstream: http_500')).toContain('invalid value "http_500"')
  expect(await said('memcached_gzip_flag: x')).toContain('"x" is not a number')
  expect(await said('memcached_bind: here')).toContain('"here"')
})

import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statfsSync,
  statSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test, vi } from 'vitest'
import { onCleanup } from '../harness/cleanup.ts'
import { type HttpOrigin, httpOrigin } from '../harness/http-origin.ts'
import { nginx, nginxMissing } from '../harness/nginx.ts'
import { asYaml } from '../harness/nginx-conf.ts'
import { type Origin, origin } from '../harness/origin.ts'
import { isAlive, signal } from '../harness/processes.ts'
import { connect, once, type RawClient, request } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { until } from '../harness/wait.ts'

vi.setConfig({ testTimeout: 60_000 })

const MEGABYTE = 2 ** 20
const WARNINGS = [/temporary file/]

/** What both servers can be asked. */
interface Server {
  readonly dir: string
  port(): number
  errorLog(): string
}

/** The same configuration, in nginx's words, in our hands and in nginx's. */
async function both(http: string): Promise<[name: string, server: Server][]> {
  const conf = `server { listen 127.0.0.1:%%PORT%%; ${http} }`
  const ours = await startGateway({ yaml: `http: ${asYaml(conf)}`, expected: WARNINGS })
  const servers: [string, Server][] = [['ours', ours]]
  if (nginxMissing() === undefined) servers.push(['nginx', await nginx(conf)])
  return servers
}

/** Everything below a folder, by relative path; folders themselves left out. */
function filesIn(folder: string): string[] {
  if (!existsSync(folder)) return []
  const all = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return all.filter((name) => statSync(path.join(folder, name)).isFile())
}

// Request bodies.

/** An origin that tells of the file it is pointed to. */
async function fileTeller(): Promise<HttpOrigin> {
  return httpOrigin(({ headers, body }) => {
    const file = headers.get('x-file')
    const content =
      file !== undefined && existsSync(file) ? readFileSync(file, 'latin1') : undefined
    return {
      headers: [
        ['X-Length', headers.get('content-length') ?? 'none'],
        ['X-Sent', String(body.length)],
        ['X-File', file ?? 'none'],
        ['X-In-Memory', headers.get('x-body') ?? 'none'],
        ['X-Same', String(content === body.toString('latin1'))],
      ],
    }
  })
}

test('a body is in memory or in a file as nginx has it', async () => {
  const backend = await fileTeller()
  const servers = await both(
    `
    client_body_buffer_size 1k; client_max_body_size 0;
    proxy_set_header X-File $request_body_file; proxy_set_header X-Body $request_body;
    location /off { proxy_pass http://${backend.address}; }
    location /on {
      client_body_in_file_only on; client_body_temp_path bodies 1 2;
      proxy_pass http://${backend.address};
    }
    location /clean { client_body_in_file_only clean; proxy_pass http://${backend.address}; }
    location /streamed {
      client_body_in_file_only on; proxy_request_buffering off; proxy_http_version 1.1;
      proxy_pass http://${backend.address};
    }
    `.replace('proxy_pass_request_headers on;', ''),
  )
  const large = 'x'.repeat(100_000)
  const chunked = `POST /off HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n${large.length.toString(16)}\r\n${large}\r\n0\r\n\r\n`
  const cases = [
    ['small', request('POST /off', {}, 'small')],
    ['large', request('POST /off', {}, large)],
    ['chunked', chunked],
    ['small, kept', request('POST /on', {}, 'small')],
    ['large, kept', request('POST /on', {}, large)],
    ['small, removed', request('POST /clean', {}, 'small')],
    ['streamed', request('POST /streamed', {}, 'small')],
    ['none', request('GET /on')],
  ] as const
  const found = new Map<string, unknown>()
  for (const [name, server] of servers) {
    for (const [what, bytes] of cases) {
      const { status, headers } = await once(server.port(), bytes)
      const file = headers.get('x-file') ?? 'none'
      // Of files that are removed it is said so after the answer.
      if (what.endsWith('removed')) await until('the file to go', () => !existsSync(file))
      const seen = {
        status,
        length: headers.get('x-length'),
        sent: headers.get('x-sent'),
        // nginx happens to know of a streamed body what came along with its head.
        inMemory: what === 'streamed' ? undefined : headers.get('x-in-memory'),
        // While the request was under way.
        wasThere: headers.get('x-same'),
        isThere: existsSync(file),
        where: file.replace(server.dir, '').replace(/\d{10}(-\d+-\d+-\d+)?$/, 'NUMBER'),
      }
      if (name === 'nginx')
        expect([what, found.get(what)]).toEqual([what, { ...seen, where: expect.anything() }])
      found.set(what, { ...seen, where: seen.where.replace(/\d(?=\/)|\d\d(?=\/)/g, 'N') })
    }
  }
  expect(found.get('large')).toMatchObject({ wasThere: 'false', sent: '100000', length: '100000' })
  expect(found.get('large, kept')).toMatchObject({ wasThere: 'true', isThere: true })
  expect(found.get('small, removed')).toMatchObject({ wasThere: 'true', isThere: false })
  for (const [, server] of servers) {
    expect(filesIn(path.join(server.dir, 'bodies')).sort()).toEqual([
      expect.stringMatching(/^\d\/\d\d\/\d{10}$/),
      expect.stringMatching(/^\d\/\d\d\/\d{10}$/),
    ])
    expect(server.errorLog()).toMatch(
      /\[warn\] .*a client request body is buffered to a temporary file .*request: "POST \/off/,
    )
    expect(server.errorLog()).toMatch(
      /\[notice\] .*a client request body is buffered to a temporary file .*request: "POST \/on/,
    )
  }
})

test('a client that is slow with its body holds no peer', async () => {
  const backend = await httpOrigin(({ body }) => ({ body: `${body.length}` }))
  for (const [, server] of await both(`
    client_body_buffer_size 1k; client_max_body_size 0; location / { proxy_pass http://${backend.address}; }`)) {
    const accepted = backend.accepted
    const client = await connect(server.port())
    await client.send(request('POST /', { 'Content-Length': '100000' }, 'x'.repeat(50_000)))
    await until('the body to be written', () => /temporary file/.test(server.errorLog()))
    expect(backend.accepted).toBe(accepted)
    expect((await client.exchange('x'.repeat(50_000))).text).toBe('100000')
    expect(backend.accepted).toBe(accepted + 1)
  }
})

test('a large body goes to the next peer when the first one fails', async () => {
  let seen = 0
  const bad = await origin(async (peer) => {
    seen += (await peer.request())?.body.length ?? 0
    peer.reset()
  })
  const good = await httpOrigin(({ body }) => ({ body: `${body.length}` }))
  const gateway = await startGateway({
    yaml: `
http:
  client_max_body_size: 0
  upstream: { both: { server: ["${bad.address}", "${good.address} backup"] } }
  server:
    - listen: 127.0.0.1:%%PORT%%
      location: { /: { proxy_pass: http://both } }
`,
    expected: [/Connection reset by peer|prematurely closed/],
  })
  const size = 5 * MEGABYTE
  const answer = await once(gateway.port(), request('PUT /', {}, 'x'.repeat(size)))
  expect([answer.text, seen]).toEqual([`${size}`, size])
})

// Responses.

const SIZE = 48 * MEGABYTE

/** An origin of a large answer; `sent` tells how far it is. */
async function large(): Promise<Origin & { sent: number[] }> {
  const sent: number[] = []
  const piece = Buffer.alloc(65_536, 'r')
  const started = await origin(async (peer) => {
    const at = sent.push(0) - 1
    await peer.request()
    await peer.send(`HTTP/1.1 200 OK\r\nContent-Length: ${SIZE}\r\n\r\n`)
    for (let bytes = 0; bytes < SIZE; bytes += piece.length) {
      await peer.send(piece)
      sent[at] = bytes + piece.length
    }
    await peer.ending()
  })
  return Object.assign(started, { sent })
}

/** A client that has asked and takes nothing. */
async function idler(port: number, target = '/'): Promise<RawClient> {
  const client = await connect(port, { patience: 30_000 })
  client.socket.pause()
  await client.send(request(`GET ${target}`))
  return client
}

async function bytesOf(client: RawClient): Promise<number> {
  let bytes = 0
  client.socket.resume()
  await client.response({
    onData: (chunk) => {
      bytes += chunk.length
    },
  })
  return bytes
}

test('a peer has sent all of it before a slow client has taken any', async () => {
  const backend = await large()
  for (const [, server] of await both(`location / { proxy_pass http://${backend.address}; }`)) {
    backend.sent.length = 0
    const client = await idler(server.port())
    await until('the peer to be through', () => backend.sent[0] === SIZE, 20_000)
    expect(server.errorLog()).toMatch(
      /\[warn\] .*an upstream response is buffered to a temporary file \S+ while reading upstream/,
    )
    for (const folder of ['proxy_temp', 'proxy']) {
      expect(filesIn(path.join(server.dir, folder))).toEqual([])
    }
    expect(await bytesOf(client)).toBe(SIZE)
  }
})

test.each([
  ['proxy_max_temp_file_size 0', 0],
  ['proxy_max_temp_file_size 1m', MEGABYTE],
  ['proxy_buffering off', 0],
])('with %s a slow client holds the peer', async (directive, least) => {
  const backend = await large()
  for (const [, server] of await both(
    `${directive}; location / { proxy_pass http://${backend.address}; }`,
  )) {
    backend.sent.length = 0
    const client = await idler(server.port())
    if (least > 0) await until('the file', () => /temporary file/.test(server.errorLog()))
    let before = -1
    let looks = 0
    await until('the peer to stand still', () => {
      const now = backend.sent[0] ?? 0
      looks = now === before && now > 0 ? looks + 1 : 0
      before = now
      return looks > 50
    })
    expect(before).toBeLessThan(SIZE)
    expect(before).toBeGreaterThanOrEqual(least)
    expect(/temporary file/.test(server.errorLog())).toBe(least > 0)
    expect(await bytesOf(client)).toBe(SIZE)
  }
})

// Folders and what is left in them.

const yaml = (backend: string, more = '') => `
${more}
worker_processes: 2
http:
  client_max_body_size: 0
  client_body_buffer_size: 1k
  server:
    - listen: 127.0.0.1:%%PORT%%
      proxy_set_header: X-File $request_body_file
      location:
        /: { proxy_pass: "http://${backend}" }
        /clean: { client_body_in_file_only: clean, client_body_temp_path: bodies 1, proxy_pass: "http://${backend}" }
        /on: { client_body_in_file_only: on, client_body_temp_path: bodies 1, proxy_pass: "http://${backend}" }
        /none: { client_body_temp_path: unused, return: 200 none }
`

test('folders are made for the workers where something is forwarded, also by a reload', async () => {
  const root = process.getuid?.() === 0
  const gateway = await startGateway({
    yaml: yaml('127.0.0.1:1', root ? 'user: daemon' : ''),
  })
  const facts = (name: string) => {
    const { mode, uid } = statSync(gateway.workspace.path(name))
    return [mode & 0o777, uid]
  }
  for (const name of ['client_body_temp', 'bodies', 'proxy_temp']) {
    expect([name, ...facts(name)]).toEqual([name, 0o700, root ? 1 : process.getuid?.()])
  }
  expect(existsSync(gateway.workspace.path('unused'))).toBe(false)
  await gateway.configure(yaml('127.0.0.1:1').replaceAll('bodies 1', 'others 1'))
  await gateway.reload()
  expect(facts('others')[0]).toBe(0o700)
})

test('a killed worker leaves nothing that its successor does not remove', async () => {
  const waiting: (() => void)[] = []
  const backend = await httpOrigin(async () => {
    await new Promise<void>((resolve) => waiting.push(resolve))
    return {}
  })
  const gateway = await startGateway({
    yaml: yaml(backend.address),
    expected: [/exited on signal 9/, ...WARNINGS],
  })
  const bodies = gateway.workspace.path('bodies')
  const clients = await Promise.all(
    ['/clean', '/clean', '/on', '/'].map(async (target) => {
      const client = await connect(gateway.port())
      await client.send(request(`POST ${target}`, {}, 'x'.repeat(5000)))
      return client
    }),
  )
  await until('all to wait', () => waiting.length === 4)
  expect(filesIn(bodies)).toHaveLength(3)
  expect(filesIn(gateway.workspace.path('client_body_temp'))).toEqual([])
  const kept = filesIn(bodies).filter((name) => /\/\d{10}$/.test(name))
  expect(kept).toHaveLength(1)
  gateway.workspace.write('bodies/1/0000000001.mine', 'mine')
  const victims = gateway.workers()
  for (const pid of victims) signal(pid, 'SIGKILL')
  await until('their successors', () => {
    return gateway.workers().length === 2 && !victims.some(isAlive)
  })
  const left = [...kept, '1/0000000001.mine'].sort()
  await until('the files to be gone', () => filesIn(bodies).sort().join() === left.join())
  for (const each of clients) each.destroy()
  for (const each of waiting) each()
})

test('a clean file goes with a client that leaves, too', async () => {
  const backend = await origin(async (peer) => {
    await peer.request()
    await peer.ending()
  })
  const gateway = await startGateway({ yaml: yaml(backend.address) })
  const bodies = gateway.workspace.path('bodies')
  const client = await connect(gateway.port())
  await client.send(request('POST /clean', {}, 'x'.repeat(5000)))
  await until('the peer to be asked', () => backend.open === 1)
  expect(filesIn(bodies)).toHaveLength(1)
  client.destroy()
  await until('the file to be gone', () => filesIn(bodies).length === 0)
})

test('a folder that is gone fails the requests that need it, and no other', async () => {
  const backend = await httpOrigin(({ body }) => ({ body: `${body.length}` }))
  const gateway = await startGateway({ yaml: yaml(backend.address), expected: [/No such file/] })
  rmSync(gateway.workspace.path('client_body_temp'), { recursive: true })
  const client = await connect(gateway.port())
  expect((await client.exchange(request('POST /', {}, 'x'.repeat(5000)))).status).toBe(500)
  expect((await once(gateway.port(), request('POST /', {}, 'small'))).text).toBe('5')
  expect(gateway.errorLog().match(/\[crit\]/g)).toHaveLength(1)
  expect(gateway.errorLog()).toMatch(
    /\[crit\] .*open\(\) "\S+\/client_body_temp\/[\d-]+" failed \(2: No such file or directory\), client: .*request: "POST \//,
  )
})

test('a folder that cannot be made is a warning', async () => {
  const backend = await httpOrigin()
  const gateway = await startGateway({
    yaml: yaml(backend.address).replaceAll('bodies 1', 'no/where'),
  })
  expect(gateway.errorLog()).toMatch(/\[warn\] .*mkdir\(\) ".*\/no\/where" failed \(2: No such/)
  expect((await once(gateway.port(), request('GET /'))).status).toBe(200)
})

// A full disk.

const missing = diskMissing()

test.skipIf(missing)(
  `a full disk is an error of one request${missing ? ` (${missing})` : ''}`,
  async () => {
    const disk = mountSmall()
    const upload = await httpOrigin(({ body }) => ({ body: `${body.length}` }))
    const backend = await large()
    const gateway = await startGateway({
      yaml: `
http:
  client_max_body_size: 0
  client_body_temp_path: ${disk}/bodies
  proxy_temp_path: ${disk}/answers
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
        /: { proxy_pass: "http://${backend.address}" }
        /up: { proxy_pass: "http://${upload.address}" }
`,
      expected: [/No space left on device/],
    })
    const free = statfsSync(disk).bfree
    for (let i = 0; i < 2; i++) {
      const answer = await once(gateway.port(), request('POST /up', {}, 'x'.repeat(MEGABYTE)))
      expect(answer.status).toBe(500)
      await until('room to be there again', () => statfsSync(disk).bfree === free)
      const fits = await once(gateway.port(), request('POST /up', {}, 'x'.repeat(100_000)))
      expect(fits.text).toBe('100000')
    }
    expect(gateway.errorLog().match(/\[crit\] .*pwritev\(\) .*No space left/g)).toHaveLength(2)
    const client = await idler(gateway.port())
    await gateway.logged(/No space left on device\) while reading upstream/)
    expect(await bytesOf(client)).toBe(SIZE)
    expect(gateway.errorLog().match(/\[crit\]/g)).toHaveLength(3)
  },
)

/** A disk of 256 KB. */
function mountSmall(): string {
  const disk = mkdtempSync(path.join(tmpdir(), 'gateway-disk-'))
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', disk])
  onCleanup(() => {
    if (status === 0) spawnSync('umount', ['-l', disk])
    rmdirSync(disk)
  })
  if (status !== 0) throw new Error(`mount: ${stderr}`)
  return disk
}

/** Why no disk of our own can be had here; undefined where it can. */
function diskMissing(): string | undefined {
  if (process.getuid?.() !== 0) return 'only root can mount one'
  // In a namespace of its own, so that the question leaves nothing behind.
  const probe = spawnSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'])
  return probe.status === 0 ? undefined : 'no file system can be mounted'
}

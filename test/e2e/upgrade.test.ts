import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { expect, test, vi } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { onCleanup } from '../harness/cleanup.ts'
import { nginx, nginxMissing } from '../harness/nginx.ts'
import { type OriginPeer, type OriginScript, origin } from '../harness/origin.ts'
import { connect, GET, get, type RawClient, request } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { activeConnections, connectionsClosed } from '../harness/stub-status.ts'
import { until } from '../harness/wait.ts'

vi.setConfig({ testTimeout: 30_000 })

const ASK = request('GET /chat', { Upgrade: 'tunnel', Connection: 'Upgrade' })
const SWITCHED =
  'HTTP/1.1 101 Switching Protocols\r\nUpgrade: tunnel\r\nConnection: upgrade\r\n\r\n'
const PASSED = 'proxy_set_header: [Upgrade $http_upgrade, Connection upgrade]'

/** An origin that agrees to every upgrade; `then` is what it does with the tunnel. */
function agreeing(then: OriginScript, behind = ''): OriginScript {
  return async (peer) => {
    await peer.requestHead()
    await peer.send(SWITCHED + behind)
    await then(peer)
  }
}

/** Says everything back until the other side has closed its half. */
async function echo(peer: OriginPeer): Promise<void> {
  do await peer.send(peer.incoming.drain())
  while (await peer.incoming.more())
  await peer.send(peer.incoming.drain())
}

async function inFrontOf(script: OriginScript, lines = '', main = '') {
  const backend = await origin(script)
  const gateway = await startGateway({
    yaml: `
${main}
http:
  log_format: "t '$request_uri $status $bytes_sent $body_bytes_sent $upstream_status $upstream_bytes_sent $upstream_bytes_received'"
  server:
    - listen: 127.0.0.1:%%PORT%%
      access_log: access.log t
      location:
        /: { proxy_pass: "http://${backend.address}", ${PASSED}${lines} }
        /plain: { proxy_pass: "http://${backend.address}" }
        = /status: { access_log: off, stub_status: on }
`,
    expected: ['upstream'],
  })
  return { gateway, port: gateway.port(), backend }
}

/** A client whose connection has become a tunnel. */
async function tunnel(port: number, ask = ASK): Promise<RawClient> {
  const client = await connect(port)
  const answer = await client.exchange(ask)
  expect(answer.status).toBe(101)
  return client
}

test('both sides hear each other once the peer has switched', async () => {
  const { gateway, port } = await inFrontOf(agreeing(echo))
  const client = await connect(port)
  const answer = await client.exchange(ASK)
  expect([answer.status, answer.reason]).toEqual([101, 'Switching Protocols'])
  expect(answer.headers.all('upgrade')).toEqual(['tunnel'])
  expect(answer.headers.all('connection')).toEqual(['upgrade'])
  expect(answer.headers.get('transfer-encoding')).toBeUndefined()
  for (const size of [1, 2000, 40_000, 300_000]) {
    const bytes = randomBytes(size)
    await client.send(bytes)
    expect((await client.incoming.take(size)).equals(bytes)).toBe(true)
  }
  expect(await activeConnections(port)).toBe(2)
  client.halfClose()
  expect(await client.ending()).toBe('end')
  await connectionsClosed(port)
  const line = await until('the log', () => gateway.accessLog())
  const [, status, sent, body, peerStatus, toPeer, fromPeer] = line.trim().split(' ')
  expect([status, body, peerStatus]).toEqual(['101', '342001', '101'])
  expect(Number(sent)).toBeGreaterThan(342_001)
  expect(Number(toPeer)).toBeGreaterThan(342_001)
  expect(Number(fromPeer)).toBe(342_001 + SWITCHED.length)
})

test('what either side sends together with its head reaches the other', async () => {
  const { port } = await inFrontOf(agreeing(echo, 'hello '))
  const client = await connect(port)
  await client.send(`${ASK}early`)
  expect((await client.response()).status).toBe(101)
  expect((await client.incoming.take(11)).toString()).toBe('hello early')
})

test('bytes the client sends while the peer makes up its mind wait for the tunnel', async () => {
  let agree = () => {}
  const agreed = new Promise<void>((resolve) => {
    agree = resolve
  })
  const { port, backend } = await inFrontOf(async (peer) => {
    await peer.requestHead()
    await agreed
    await peer.send(SWITCHED)
    await echo(peer)
  })
  const client = await connect(port)
  const bytes = randomBytes(200_000)
  await client.send(ASK)
  await until('the peer to be asked', () => backend.accepted === 1)
  const sent = client.send(bytes)
  await until('some of it to be sent', () => client.socket.bytesWritten > 64_000)
  agree()
  expect((await client.response()).status).toBe(101)
  expect((await client.incoming.take(bytes.length)).equals(bytes)).toBe(true)
  await sent
})

test('a half that is closed leaves the other open', async () => {
  const { port } = await inFrontOf(
    agreeing(async (peer) => {
      const heard = await peer.incoming.rest()
      await peer.send(`heard ${heard.length}`)
    }),
  )
  const client = await tunnel(port)
  await client.send('x'.repeat(100_000))
  client.halfClose()
  expect((await client.incoming.rest()).toString()).toBe('heard 100000')

  const other = await inFrontOf(
    agreeing(async (peer) => {
      peer.halfClose()
      await peer.incoming.rest().then((bytes) => heard.push(bytes.toString()))
    }),
  )
  const heard: string[] = []
  const second = await tunnel(other.port)
  expect(await second.ending()).toBe('end')
  await second.send('still there')
  second.halfClose()
  await until('it to be heard', () => heard[0] === 'still there')
  await connectionsClosed(other.port)
})

test('a peer that refuses answers as ever, and the connection goes on', async () => {
  const { port, backend } = await inFrontOf(async (peer) => {
    await peer.requestHead()
    await peer.send(
      'HTTP/1.1 426 Upgrade Required\r\nUpgrade: better\r\nContent-Length: 2\r\n\r\nno',
    )
    await peer.requestHead()
    await peer.answer('next')
  })
  const client = await connect(port)
  const refused = await client.exchange(ASK)
  expect([refused.status, refused.text, refused.headers.get('upgrade')]).toEqual([
    426,
    'no',
    'better',
  ])
  expect((await client.exchange(GET('/'))).text).toBe('next')
  expect(backend.accepted).toBe(1)
})

test.each([
  ['the client has not asked', '/chat', {}],
  ['it was not passed on', '/plain', { Upgrade: 'tunnel', Connection: 'Upgrade' }],
] as const)('a 101 is an error of the peer where %s', async (_, path, headers) => {
  const { gateway, port } = await inFrontOf(agreeing(echo))
  const answer = await get(port, path, headers)
  expect(answer.status).toBe(502)
  await gateway.logged(/an unasked-for 101 while reading response header/)
})

test('without being told to, nothing of an upgrade is passed on', async () => {
  const { port } = await inFrontOf(async (peer) => {
    const head = await peer.requestHead()
    await peer.answer(`${head?.headers.get('upgrade')} ${head?.headers.get('connection')}`)
  })
  const { text } = await (await connect(port)).exchange(ASK.replace('/chat', '/plain'))
  expect(text).toBe('undefined undefined')
})

test('silence ends a tunnel', async () => {
  const { gateway, port } = await inFrontOf(agreeing(echo), ', proxy_read_timeout: 300ms')
  const client = await tunnel(port)
  await client.send('x')
  await client.incoming.take(1)
  expect(await client.ending()).toBe('end')
  await gateway.logged(
    /upstream timed out \(110: Connection timed out\) while proxying upgraded connection/,
  )
  await until('the log', () => /^\/chat 101 \d+ 1 101 /m.test(gateway.accessLog()))
})

test('a connection that breaks takes the other with it', async () => {
  const { gateway, port, backend } = await inFrontOf(agreeing(echo))
  const first = await tunnel(port)
  backend.resetAll()
  await first.ending()
  await gateway.logged(/recv\(\) failed \(104: .*\) while proxying upgraded connection/)
  const second = await tunnel(port)
  await until('the peer', () => backend.open === 1)
  second.reset()
  await until('the peer to be left', () => backend.open === 0)
  await connectionsClosed(port)
  await until('the log', () => gateway.accessLog().match(/^\/chat 101 /gm)?.length === 2)
})

test('who does not take anything stops the other, and holds little', async () => {
  const piece = Buffer.alloc(2 ** 20, 'x')
  let sent = 0
  let more = true
  const { port } = await inFrontOf(
    agreeing(async (peer) => {
      while (more) {
        await peer.send(piece)
        sent += piece.length
      }
    }),
  )
  const client = await tunnel(port)
  client.socket.pause()
  let before = -1
  // The system's buffers take some; then nothing moves any more.
  await until('the peer to stand still', async () => {
    const still = sent === before
    before = sent
    await new Promise((resolve) => setTimeout(resolve, 300))
    return still && sent > 0
  })
  expect(sent).toBeLessThan(64 * 2 ** 20)
  more = false
  client.socket.resume()
  while (await client.incoming.more());
  expect(client.incoming.size).toBe(sent)
})

test('tunnels outlive a reload, as long as worker_shutdown_timeout lets them', async () => {
  const { gateway, port } = await inFrontOf(agreeing(echo), '', 'worker_shutdown_timeout: 3s')
  const client = await tunnel(port)
  const old = gateway.workers()
  await gateway.reload('started')
  await gateway.draining(old)
  await client.send('still')
  expect((await client.incoming.take(5)).toString()).toBe('still')
  expect(await client.ending()).toBe('end')
  await gateway.logged(/worker_shutdown_timeout: 1 connections are closed/)
  await until('the log', () => /^\/chat 101 \d+ 5 101 /m.test(gateway.accessLog()))
  expect((await tunnel(port)).closed).toBe(false)
})

test.skipIf(nginxMissing())('tunnels as nginx does', async () => {
  const backend = await origin(agreeing(echo, 'hello '))
  const theirs = await nginx(`
    log_format t '$status $body_bytes_sent $upstream_status $upstream_bytes_received';
    server {
      listen 127.0.0.1:%%PORT_8%%; access_log t.log t;
      location / {
        proxy_pass http://${backend.address}; proxy_http_version 1.1;
        proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade;
      }
    }`)
  const ours = await startGateway({
    yaml: `
http:
  log_format: "t '$status $body_bytes_sent $upstream_status $upstream_bytes_received'"
  server:
    - listen: 127.0.0.1:%%PORT%%
      access_log: t.log t
      location: { /: { proxy_pass: "http://${backend.address}", ${PASSED} } }
`,
  })
  const see = async (port: number) => {
    const client = await connect(port)
    await client.send(`${ASK}early`)
    const { status, headers } = await client.response()
    const text = (await client.incoming.take(11)).toString()
    client.halfClose()
    const ending = await client.ending()
    return [status, headers.get('upgrade'), headers.get('connection'), text, ending]
  }
  expect(await see(ours.port())).toEqual(await see(theirs.port(8)))
  const log = await until('nginx’s log', () => readFileSync(`${theirs.dir}/t.log`, 'utf8'))
  expect(await until('the log', () => ours.accessLog('t.log'))).toBe(log)
})

test('WebSockets talk, in small messages and in large ones, until they close', async () => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: true })
  onCleanup(() => server.close())
  server.on('connection', (socket, { url }) => {
    socket.on('message', (data, binary) => socket.send(data, { binary }))
    socket.on('close', (code, reason) => closed.push([code, String(reason)]))
    socket.send(`welcome to ${url}`)
  })
  const closed: [number, string][] = []
  await once(server, 'listening')
  const { port: backend } = server.address() as AddressInfo
  const gateway = await startGateway({
    yaml: `
http:
  server:
    - listen: 127.0.0.1:%%PORT%%
      location: { /: { proxy_pass: "http://127.0.0.1:${backend}", ${PASSED} } }
`,
  })
  const sockets = Array.from({ length: 8 }, (_, i) => {
    return new WebSocket(`ws://127.0.0.1:${gateway.port()}/room/${i}`)
  })
  await Promise.all(
    sockets.map(async (socket, i) => {
      const [welcome] = await once(socket, 'message')
      expect(String(welcome)).toBe(`welcome to /room/${i}`)
      for (const message of ['x', 'y'.repeat(70_000), randomBytes(500_000)]) {
        socket.send(message)
        const [back] = await once(socket, 'message')
        expect(Buffer.compare(back, Buffer.from(message))).toBe(0)
      }
      socket.close(4001, 'enough')
      expect(String(await once(socket, 'close'))).toBe('4001,enough')
    }),
  )
  await until('the server to hear of it', () => closed.length === sockets.length)
  expect(closed).toContainEqual([4001, 'enough'])
})

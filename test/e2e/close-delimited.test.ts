import { readFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { type OriginScript, origin } from '../harness/origin.ts'
import { connect, once, request } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { until } from '../harness/wait.ts'

/** Whether both arrive before the gateway looks is a matter of luck: so many tries. */
const TRIES = 30

/** A body whose only end is that of the connection. */
const BODY = 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nbody'

async function inFrontOf(script: OriginScript) {
  const backend = await origin(script)
  const gateway = await startGateway({
    yaml: `
worker_processes: 1
http:
  server:
    - listen: 127.0.0.1:%%PORT%%
      location: { /: { proxy_pass: "http://${backend.address}" } }
`,
    expected: [/reading upstream/],
  })
  return { gateway, backend }
}

const closes: OriginScript = async (peer) => {
  await peer.requestHead()
  await peer.send(BODY)
}

const resets: OriginScript = async (peer) => {
  await peer.requestHead()
  void peer.send(BODY)
  peer.reset()
}

/** The system resets a connection that is closed while something was not read. */
const closesUnread: OriginScript = async (peer) => {
  await peer.requestHead()
  peer.socket.pause()
  await until('bytes that are not read', () => hasUnread(peer.socket))
  await peer.send(BODY)
  peer.destroy()
}

/** Whether bytes have arrived that nobody has read. */
function hasUnread({ localPort = 0, remotePort = 0 }: Socket): boolean {
  const ends = (address: string | undefined, port: number) =>
    address?.endsWith(`:${port.toString(16).toUpperCase().padStart(4, '0')}`)
  const lines = readFileSync('/proc/net/tcp', 'utf8').split('\n')
  const fields = lines.map((line) => line.trim().split(/\s+/))
  const own = fields.find((each) => ends(each[1], localPort) && ends(each[2], remotePort))
  const [, received = '0'] = own?.[4]?.split(':') ?? []
  return Number.parseInt(received, 16) > 0
}

test('a body that ends with the connection is passed on, and its end told', async () => {
  const { gateway } = await inFrontOf(closes)
  const client = await connect(gateway.port())
  for (let i = 0; i < TRIES; i++) {
    const { framing, text } = await client.exchange(request('GET /'))
    expect([framing.kind, text]).toEqual(['chunked', 'body'])
  }
  const old = await once(gateway.port(), 'GET / HTTP/1.0\r\n\r\n')
  expect([old.framing.kind, old.text]).toEqual(['close', 'body'])
})

test('a reset right behind the bytes is not taken for the end of the body', async () => {
  const { gateway, backend } = await inFrontOf(resets)
  for (let i = 0; i < TRIES; i++) {
    // Where the reset was faster than the head, the client gets 502: not a body, either.
    await expectNoWholeBody(gateway.port(), request('GET /'))
  }
  expect(backend.accepted).toBe(TRIES)
})

test('nor is that of a peer that closes before it has read the request', async () => {
  const { gateway } = await inFrontOf(closesUnread)
  const body = 'x'.repeat(500_000)
  await expectNoWholeBody(gateway.port(), request('POST / HTTP/1.1', {}, body))
})

async function expectNoWholeBody(port: number, bytes: string): Promise<void> {
  const answer = await once(port, bytes).catch((error: Error) => error)
  if (!(answer instanceof Error)) expect(answer.status).toBe(502)
}

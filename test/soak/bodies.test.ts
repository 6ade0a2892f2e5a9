import { closeSync, openSync, writeSync } from 'node:fs'
import { createGunzip } from 'node:zlib'
import { beforeAll, expect, test } from 'vitest'
import type { Gateway } from '../harness/gateway.ts'
import { load } from '../harness/load.ts'
import { connect, request } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { type BodyOrigin, bodyOrigin } from './body-origin.ts'
import { forgetPeak, peakOf } from './memory.ts'
import { hashOf, type Kind, newHash, pieces } from './pattern.ts'
import { MEGABYTE, PATIENCE, scale } from './scale.ts'
import { StallingReader } from './stalls.ts'

const SIZE = scale(200, 10_240) * MEGABYTE
/** A slow reader stops so often on the way. */
const STALLS = 4
/**
 * A worker that serves takes 60 to 90 MB, most of it Node and code. What flows through may add the
 * garbage between two collections (V8's young generation, and external memory up to some 32 MB),
 * far below any body here.
 */
const BOUND = 160 * MEGABYTE

let upstream: BodyOrigin
let gateway: Gateway
let worker: number

beforeAll(async () => {
  upstream = await bodyOrigin()
  gateway = await startGateway({
    yaml: `
events: { worker_connections: 512 }
http:
  client_max_body_size: 0
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
        /: { proxy_pass: http://${upstream.address} }
        /text: { gzip: on, gzip_types: text/plain, proxy_pass: http://${upstream.address} }
        /unbuffered: { proxy_request_buffering: off, proxy_pass: http://${upstream.address} }
        /files/: { root: %%DIR%% }
        = /warm: { return: 200 ok }
`,
    files: { 'files/.keep': '' },
  })
  const file = openSync(gateway.workspace.path('files/noise'), 'w')
  for (const piece of pieces(SIZE)) writeSync(file, piece)
  closeSync(file)
  worker = gateway.workers()[0] ?? 0
  await load({ target: gateway.port(), connections: 8, requests: 2000, startLine: 'GET /warm' })
}, PATIENCE)

const DOWNLOADS: readonly [what: string, target: string, kind: Kind][] = [
  ['a file', '/files/noise', 'noise'],
  ['a proxied body of known length', `/noise?length=${SIZE}`, 'noise'],
  ['a proxied chunked body', `/noise?chunked=${SIZE}`, 'noise'],
  ['a proxied body that ends with its connection', `/noise?close=${SIZE}`, 'noise'],
  ['a proxied text that is compressed', `/text?length=${SIZE}`, 'text'],
]

describeBoth('is downloaded', DOWNLOADS, async ([, target, kind], slow) => {
  const client = await connect(gateway.port(), { patience: 60_000 })
  const received = newHash()
  const text = kind === 'text'
  const gunzip = createGunzip()
  gunzip.on('data', (piece) => received.update(piece))
  // A text shrinks to a small part.
  const every = slow ? SIZE / (text ? 16 : 1) / (STALLS + 1) : 0
  const reader = new StallingReader(client.socket, producedBy(target), { every, most: STALLS })
  const encoding = text ? { 'Accept-Encoding': 'gzip' } : {}
  const response = await client.exchange(request(`GET ${target}`, encoding), {
    onData: (piece) => {
      if (!text) received.update(piece)
      else if (!gunzip.write(piece)) pauseUntilDrained()
      reader.took(piece.length)
    },
  })
  await reader.outcome()
  expect(response.status).toBe(200)
  if (text) {
    expect(response.headers.get('content-encoding')).toBe('gzip')
    await new Promise<void>((resolve) => gunzip.end(resolve))
  }
  expect(received.digest('hex')).toBe(hashOf(SIZE, kind))
  if (slow) expect(reader.stalls).toBeGreaterThanOrEqual(text ? 1 : STALLS)

  function pauseUntilDrained(): void {
    client.socket.pause()
    gunzip.once('drain', () => client.socket.resume())
  }
})

const UPLOADS = [
  ['a request body of known length', 'length', '/up'],
  ['a chunked request body', 'chunked', '/up'],
  ['an unbuffered request body', 'length', '/unbuffered'],
] as const

describeBoth('is uploaded', UPLOADS, async ([, how, path], slow) => {
  const client = await connect(gateway.port(), { patience: 60_000 })
  let sent = 0
  upstream.uploaded = () => sent
  const target = slow ? `${path}?stall=${Math.floor(SIZE / (STALLS + 1))}` : path
  const framing = how === 'length' ? `Content-Length: ${SIZE}` : 'Transfer-Encoding: chunked'
  await client.send(`POST ${target} HTTP/1.1\r\nHost: x\r\n${framing}\r\n\r\n`)
  for (const piece of pieces(SIZE)) {
    if (how === 'chunked') await client.send(`${piece.length.toString(16)}\r\n`)
    await client.send(piece)
    if (how === 'chunked') await client.send('\r\n')
    sent += piece.length
  }
  if (how === 'chunked') await client.send('0\r\n\r\n')
  const response = await client.response()
  expect(response.status).toBe(200)
  expect(response.text).toBe(hashOf(SIZE))
})

/** A test of each case with a fast and with a slow reader, the worker's memory measured. */
function describeBoth<Case extends readonly [what: string, ...rest: unknown[]]>(
  verb: string,
  cases: readonly Case[],
  run: (each: Case, slow: boolean) => Promise<void>,
): void {
  for (const each of cases) {
    for (const slow of [false, true]) {
      const name = `${each[0]} ${verb} in constant memory by a ${slow ? 'slow' : 'fast'} reader`
      test(
        name,
        async () => {
          forgetPeak(worker)
          await run(each, slow)
          const peak = peakOf(worker)
          if (process.env.SOAK_SHOW) console.log(Math.round(peak / MEGABYTE), 'MB', name)
          expect(peak).toBeLessThan(BOUND)
          expect(gateway.workers()).toEqual([worker])
        },
        PATIENCE,
      )
    }
  }
}

/** How far the producer of a download is. A file has none that tells: the worker stands still. */
function producedBy(target: string): () => number {
  return target.startsWith('/files/') ? () => 0 : upstream.sent
}

import { expect, test } from 'vitest'
import { errorLines, unexpectedLines } from './error-lines.ts'
import * as faults from './faults.ts'
import { httpOrigin } from './http-origin.ts'
import { load, startLoad } from './load.ts'
import { nginx, nginxMissing } from './nginx.ts'
import { origin } from './origin.ts'
import { freePort } from './ports.ts'
import { connect, get, once, request } from './raw-client.ts'
import { fill } from './template.ts'

test('ports are handed out once', async () => {
  const ports = await Promise.all(Array.from({ length: 80 }, freePort))
  expect(new Set(ports).size).toBe(80)
})

test('placeholders are filled in', () => {
  const ports = new Map([
    [0, 1],
    [2, 3],
  ])
  expect(fill('%%PORT%% %%PORT_2%% %%DIR%% %%OTHER%%', '/d', ports)).toBe('1 3 /d %%OTHER%%')
})

test('unexpected lines are those at error and above that no pattern knows', () => {
  const log = 'a [info] b\nc [error] known\nd [crit] new\n  goes on\ne [warn] f\n'
  expect(errorLines(log)).toHaveLength(4)
  expect(unexpectedLines(log, ['known'])).toEqual(['d [crit] new\n  goes on'])
  expect(unexpectedLines(log, [/known|goes on/])).toEqual([])
})

test('an origin records requests and keeps connections', async () => {
  const backend = await httpOrigin()
  const client = await connect(backend.port)
  const [first, second] = await client.pipeline([request('POST /a', {}, 'body'), request('GET /b')])
  expect([first?.text, second?.text]).toEqual(['/a', '/b'])
  expect(backend.requests.map((each) => each.body.toString())).toEqual(['body', ''])
  expect(backend.accepted).toBe(1)
})

test('an origin keeps what a malformed request was', async () => {
  const backend = await httpOrigin()
  await expect(once(backend.port, 'GET / HTTP/1.1\r\n\r\n')).rejects.toThrow()
  expect(backend.errors.map((each) => each.message)).toEqual(['0 Host lines'])
})

test.each([
  ['resetBeforeHead', faults.resetBeforeHead, 'broke (read ECONNRESET)'],
  ['resetAfterHead', faults.resetAfterHead, 'before 1 bytes'],
  ['closeBeforeHead', faults.closeBeforeHead, 'ended before'],
  ['halfClose', faults.halfClose, 'ended before'],
  ['truncate', faults.truncate, 'ended before'],
  ['truncateChunk', faults.truncateChunk, 'ended before'],
  ['garbage', faults.garbage, 'control in'],
  ['bothFramings', faults.bothFramings, 'both Content-Length and Transfer-Encoding'],
  ['hang', faults.hang, 'nothing came for 300 ms'],
  ['hangAfterHead', faults.hangAfterHead, 'nothing came for 300 ms'],
])('the fault %s can be told from others', async (_, fault, message) => {
  const backend = await origin(fault)
  const client = await connect(backend.port, { patience: 300 })
  await expect(client.exchange(request('GET /'))).rejects.toThrow(message)
})

test('a load counts every answer', async () => {
  const backend = await httpOrigin()
  const kept = await load({ target: backend.port, connections: 4, requests: 200 })
  expect(kept).toMatchObject({ ok: 200, failures: {}, connections: 4 })
  const closed = await load({
    target: backend.port,
    connections: 4,
    requests: 50,
    keepAlive: false,
  })
  expect(closed).toMatchObject({ ok: 50, failures: {} })
  expect(closed.connections).toBeGreaterThanOrEqual(50)
})

test('a load counts every class of failure', async () => {
  const backend = await origin(faults.resetBeforeHead)
  const reset = await load({ target: backend.port, connections: 2, requests: 10 })
  expect(reset).toMatchObject({ ok: 0, failures: { 'first request: ECONNRESET': 10 } })
  const refused = await load({ target: await freePort(), connections: 1, requests: 3 })
  expect(refused.failures).toEqual({ 'connect: ECONNREFUSED': 3 })
  const wrong = await httpOrigin(() => ({ status: 500 }))
  const result = await load({ target: wrong.port, connections: 1, requests: 3 })
  expect(result.failures).toEqual({ '500': 3 })
})

test('a load runs until it is stopped', async () => {
  const backend = await httpOrigin()
  const running = startLoad({ target: backend.port, connections: 3, think: 2 })
  await running.reached(30)
  const { ok, failures } = await running.stop()
  expect(ok).toBeGreaterThanOrEqual(30)
  expect(failures).toEqual({})
})

test.skipIf(nginxMissing())('nginx can be asked the same', async () => {
  const server = await nginx('server { listen 127.0.0.1:%%PORT%%; return 200 "$uri"; }')
  expect((await get(server.port(), '/path')).text).toBe('/path')
})

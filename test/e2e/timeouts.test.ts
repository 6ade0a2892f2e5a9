import { beforeAll, describe, expect, test } from 'vitest'
import type { Gateway } from '../harness/gateway.ts'
import { httpOrigin } from '../harness/http-origin.ts'
import { connect, request } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'

let gateway: Gateway

beforeAll(async () => {
  const backend = await httpOrigin((each) => ({ body: `${each.body.length}` }))
  const large = 'x'.repeat(2 ** 20)
  gateway = await startGateway({
    files: { 'large.txt': large.repeat(32) },
    yaml: `
http:
  root: "%%DIR%%"
  client_header_timeout: 300ms
  client_body_timeout: 500ms
  send_timeout: 300ms
  keepalive_timeout: 60s
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
        /:
          return: 200 ok
        /upload:
          proxy_pass: http://${backend.address}
        /large.txt:
          chunked_transfer_encoding: on
    - listen: 127.0.0.1:%%PORT_2%%
      send_timeout: 1s
    - listen: 127.0.0.1:%%PORT_1%%
      reset_timedout_connection: on
      location:
        /:
          return: 200 ok
        /upload:
          proxy_pass: http://${backend.address}
        /large.txt:
          chunked_transfer_encoding: on
`,
  })
})

/** How long a promise takes, in milliseconds. */
async function timed<T>(promise: Promise<T>): Promise<[T, number]> {
  const from = Date.now()
  const value = await promise
  return [value, Date.now() - from]
}

describe('client_header_timeout', () => {
  test('answers half a head with 408 and closes', async () => {
    const client = await connect(gateway.port())
    await client.send('GET / HTTP/1.1\r\nHost: x\r\n')
    const [response, time] = await timed(client.response())
    expect(response.status).toBe(408)
    expect(response.headers.get('connection')).toBe('close')
    expect(time).toBeGreaterThan(200)
    expect(time).toBeLessThan(2500)
    expect(await client.ending()).toBe('end')
  })

  test('counts for the whole head, not from byte to byte', async () => {
    const client = await connect(gateway.port())
    const ended = client.response()
    const drip = setInterval(() => void client.send('X: 1\r\n'), 50)
    await client.send('GET / HTTP/1.1\r\nHost: x\r\n')
    const [response, time] = await timed(ended)
    clearInterval(drip)
    expect(response.status).toBe(408)
    expect(time).toBeLessThan(2500)
  })

  test('closes a connection that sends nothing, without an answer', async () => {
    const client = await connect(gateway.port())
    const [bytes, time] = await timed(client.incoming.rest())
    expect(bytes.length).toBe(0)
    expect(time).toBeLessThan(2500)
  })

  test('counts for a later request as well', async () => {
    const client = await connect(gateway.port())
    expect((await client.exchange(request('GET /'))).status).toBe(200)
    expect((await client.exchange('GET / HT')).status).toBe(408)
  })
})

describe('client_body_timeout', () => {
  test('answers half a body with 408', async () => {
    const client = await connect(gateway.port())
    const head = 'POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf'
    const [response, time] = await timed(client.exchange(head))
    expect(response.status).toBe(408)
    expect(time).toBeGreaterThan(200)
    expect(await client.ending()).toBe('end')
  })

  test('counts from read to read', async () => {
    const client = await connect(gateway.port())
    await client.send('POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 8\r\n\r\n')
    for (let i = 0; i < 8; i++) {
      await new Promise((resolve) => setTimeout(resolve, 100))
      await client.send('x')
    }
    expect((await client.response()).text).toBe('8')
  })
})

describe('send_timeout', () => {
  test('closes on a client that reads nothing', async () => {
    const client = await connect(gateway.port())
    client.socket.pause()
    await client.send(request('GET /large.txt'))
    await gateway.logged(/client timed out/)
  })

  test('does not count while the client reads, however slowly', async () => {
    const client = await connect(gateway.port(2))
    let seen = 0
    // 2 MB at most in one time-out, so that the whole takes several of them.
    const slow = setInterval(() => client.socket.resume(), 30)
    client.socket.on('data', (bytes) => {
      seen += bytes.length
      if (seen < 2 ** 23) client.socket.pause()
    })
    const response = await client.exchange(request('GET /large.txt'))
    clearInterval(slow)
    expect(response.body).toHaveLength(32 * 2 ** 20)
  })
})

describe('reset_timedout_connection', () => {
  test('resets a connection that did not finish its head', async () => {
    const client = await connect(gateway.port(1))
    await client.send('GET / HTTP/1.1\r\n')
    expect(await client.ending()).toBe('reset')
  })

  test('resets a connection that did not finish its body', async () => {
    const client = await connect(gateway.port(1))
    await client.send('POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf')
    expect(await client.ending()).toBe('reset')
  })

  test('leaves other connections their orderly end', async () => {
    const client = await connect(gateway.port(1))
    await client.exchange(request('GET /', { Connection: 'close' }))
    expect(await client.ending()).toBe('end')
  })
})

import { beforeAll, describe, expect, test } from 'vitest'
import type { Gateway } from '../harness/gateway.ts'
import { connect } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'

let gateway: Gateway

beforeAll(async () => {
  gateway = await startGateway({
    yaml: `
http:
  client_max_body_size: 1k
  lingering_timeout: 700ms
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
        /:
          return: 200 ok
    - listen: 127.0.0.1:%%PORT_1%%
      lingering_close: off
      location:
        /:
          return: 200 ok
    - listen: 127.0.0.1:%%PORT_2%%
      lingering_time: 600ms
      lingering_timeout: 10s
      location:
        /:
          return: 200 ok
`,
    expected: ['too large body'],
  })
})

const HEAD = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n'
const PIECE = 'x'.repeat(65_536)

describe('lingering close', () => {
  test('lets a client that still sends read the whole refusal', async () => {
    for (let i = 0; i < 10; i++) {
      const client = await connect(gateway.port())
      await client.send(HEAD)
      for (let j = 0; j < 20; j++) await client.send(PIECE)
      const response = await client.response()
      expect(response.status).toBe(413)
      expect(await client.ending()).toBe('end')
      client.destroy()
    }
  })

  test('ends when the client pauses for lingering_timeout', async () => {
    const client = await connect(gateway.port())
    await client.send(HEAD)
    await client.response()
    const from = Date.now()
    const closed = new Promise((resolve) => client.socket.once('close', resolve))
    const drip = setInterval(() => void client.send('x'), 50)
    await new Promise((resolve) => setTimeout(resolve, 1200))
    clearInterval(drip)
    // While it drips it is read; the next byte after a long pause meets a closed connection.
    expect(client.closed).toBe(false)
    await new Promise((resolve) => setTimeout(resolve, 1900))
    await client.send('x')
    await client.send('x')
    await closed
    expect(Date.now() - from).toBeGreaterThan(1200)
  })

  test('ends after lingering_time whatever the client does', async () => {
    const client = await connect(gateway.port(2))
    await client.send(HEAD)
    await client.response()
    const from = Date.now()
    const drip = setInterval(() => void client.send('x'), 50)
    await new Promise((resolve) => client.socket.once('close', resolve))
    clearInterval(drip)
    expect(Date.now() - from).toBeGreaterThan(400)
    expect(Date.now() - from).toBeLessThan(20_000)
  })

  test('does not happen when it is off', async () => {
    const client = await connect(gateway.port(1))
    await client.send(HEAD)
    const closed = new Promise((resolve) => client.socket.once('close', resolve))
    const drip = setInterval(() => void client.send(PIECE), 10)
    const from = Date.now()
    await closed
    clearInterval(drip)
    expect(Date.now() - from).toBeLessThan(4000)
  })
})

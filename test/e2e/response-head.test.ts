import { beforeAll, describe, expect, test } from 'vitest'
import type { Gateway } from '../harness/gateway.ts'
import { httpOrigin } from '../harness/http-origin.ts'
import { connect, get, once, request } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'

let gateway: Gateway

beforeAll(async () => {
  const backend = await httpOrigin(() => ({ chunks: ['hello, ', 'world'] }))
  gateway = await startGateway({
    files: { 'dir/index.html': 'index' },
    yaml: `
http:
  root: "%%DIR%%"
  server:
    - listen: 127.0.0.1:%%PORT%%
      server_name: canonical.example
      location:
        /:
          return: 200 ok
        /chunks:
          proxy_pass: http://${backend.address}
        /close:
          chunked_transfer_encoding: off
          proxy_pass: http://${backend.address}
        /dir: {}
        /missing: {}
        /relative:
          absolute_redirect: off
          return: 301 /there
        /absolute:
          return: 301 /there
        /named:
          server_name_in_redirect: on
          return: 301 /there
        /portless:
          port_in_redirect: off
          return: 301 /there
        /elsewhere:
          return: 302 https://elsewhere.example/
    - listen: 127.0.0.1:%%PORT_1%%
      server_tokens: off
`,
    expected: ['No such file'],
  })
})

describe('a body of unknown length', () => {
  test('is sent in chunks to HTTP/1.1', async () => {
    const response = await get(gateway.port(), '/chunks')
    expect(response).toMatchObject({ text: 'hello, world', framing: { kind: 'chunked' } })
  })

  test('is ended by the close for HTTP/1.0, even with keep-alive', async () => {
    const bytes = 'GET /chunks HTTP/1.0\r\nConnection: keep-alive\r\n\r\n'
    const response = await once(gateway.port(), bytes)
    expect(response).toMatchObject({ text: 'hello, world', framing: { kind: 'close' } })
    expect(response.headers.get('connection')).toBe('close')
  })

  test('is ended by the close where chunked_transfer_encoding is off', async () => {
    const client = await connect(gateway.port())
    const response = await client.exchange(request('GET /close'))
    expect(response).toMatchObject({ text: 'hello, world', framing: { kind: 'close' } })
    expect(response.headers.get('connection')).toBe('close')
  })

  test('is announced to HEAD without a body', async () => {
    const client = await connect(gateway.port())
    const [head, next] = await client.pipeline([request('HEAD /chunks'), request('GET /')])
    expect(head?.body).toHaveLength(0)
    expect(next?.text).toBe('ok')
  })
})

describe('Server and error pages', () => {
  test('tell the version', async () => {
    const response = await get(gateway.port(), '/missing')
    expect(response.status).toBe(404)
    expect(response.headers.get('server')).toMatch(/^\w+\/\d+\.\d+/)
    expect(response.text).toContain('404 Not Found')
    expect(response.text).toMatch(/<center>\w+\/\d+\.\d+/)
  })

  test('tell only the name with server_tokens off', async () => {
    const response = await get(gateway.port(1), '/missing')
    expect(response.headers.get('server')).toMatch(/^\w+$/)
    expect(response.text).not.toMatch(/<center>\w+\/\d/)
  })

  test('have a date', async () => {
    const date = (await get(gateway.port(), '/')).headers.get('date') ?? ''
    expect(date).toMatch(/^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/)
    expect(Math.abs(Date.parse(date) - Date.now())).toBeLessThan(3000)
  })
})

describe('a redirect', () => {
  const location = async (path: string, host = 'asked.example') =>
    (await get(gateway.port(), path, { Host: host })).headers.get('location')

  test('names scheme, host and port', async () => {
    expect(await location('/absolute')).toBe(`http://asked.example:${gateway.port()}/there`)
  })

  test('is only a path with absolute_redirect off', async () => {
    expect(await location('/relative')).toBe('/there')
  })

  test('names the server with server_name_in_redirect', async () => {
    expect(await location('/named')).toBe(`http://canonical.example:${gateway.port()}/there`)
  })

  test('names no port with port_in_redirect off', async () => {
    expect(await location('/portless')).toBe('http://asked.example/there')
  })

  test('to a full URL stays as it is', async () => {
    expect(await location('/elsewhere')).toBe('https://elsewhere.example/')
  })

  test('adds the slash to a folder, keeping the arguments', async () => {
    const response = await get(gateway.port(), '/dir?a=b', { Host: 'h' })
    expect(response.status).toBe(301)
    expect(response.headers.get('location')).toBe(`http://h:${gateway.port()}/dir/?a=b`)
  })

  test('cannot be made to carry another header line', async () => {
    const response = await get(gateway.port(), '/dir/%0d%0aX-Injected:%201', { Host: 'h' })
    expect(response.headers.has('x-injected')).toBe(false)
  })
})

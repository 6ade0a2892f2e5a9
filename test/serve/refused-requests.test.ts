import { describe, expect, it } from 'vitest'
import { request } from '../harness/raw-client.ts'
import type { ServerParts } from '../kernel/hand-made-plan.ts'
import { heedless } from '../kernel/handlers.ts'
import { serve } from '../kernel/serve.ts'

describe('a refused request', () => {
  it.each([
    ['GET / HTTP/1.1\r\n\r\n', 400],
    ['GET / HTTP/1.1\r\nHost: a b\r\n\r\n', 400],
    ['GET / HTTP/1.1\r\nHost: a/b\r\n\r\n', 400],
    ['GET /../x HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['GET * HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n', 405],
    ['CONNECT [::1]:80 HTTP/1.1\r\nHost: a\r\n\r\n', 405],
    ['CONNECT / HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['CONNECT a HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['CONNECT http://a:80/ HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['TRACE / HTTP/1.1\r\nHost: a\r\n\r\n', 405],
    ['GET / HTTP/3.0\r\nHost: a\r\n\r\n', 505],
    [`GET /${'a'.repeat(9000)} HTTP/1.1\r\nHost: a\r\n\r\n`, 414],
    [`GET / HTTP/1.1\r\nHost: a\r\nX: ${'a'.repeat(9000)}\r\n\r\n`, 400],
    ['\x16\x03\x01\x02\x00', 400],
    ['lower / HTTP/1.1\r\n\r\n', 400],
  ])('%j gets %i, an entry in each log and a closed connection', async (bytes, status) => {
    const served = serve({ handlers: heedless })
    const client = await served.client()
    await client.send(bytes)
    const answer = await client.response()
    expect(answer.status).toBe(status)
    expect(answer.text).toContain(`${status}`)
    expect(answer.headers.get('connection')).toBe('close')
    expect(await client.ending()).toBe('end')
    client.destroy()
    await served.empty()
    expect(served.logged).toMatchObject([{ status }])
    expect(served.errors).toHaveLength(1)
  })

  it('lets the client see the answer, though more is on its way', async () => {
    const served = serve({ handlers: heedless })
    const client = await served.client()
    const more = 'x'.repeat(2_000_000)
    void client.send(request('POST /', { 'Transfer-Encoding': 'gzip' }) + more)
    expect((await client.response()).status).toBe(501)
    expect(await client.ending()).toBe('end')
  })

  it('is answered with the error page of its status', async () => {
    const { constant } = await import('../../src/kernel/variable/template.ts')
    const served = serve({
      handlers: heedless,
      settings: { error_page: new Map([[400, { target: constant('/sorry'), answer: undefined }]]) },
      locations: { '/sorry': { handlers: [['content', (x) => x.respond(200, 'sorry')]] } },
    })
    const client = await served.client()
    const answer = await client.exchange('GET / HTTP/1.1\r\nbad line\r\n\r\n')
    expect(answer).toMatchObject({ status: 400, text: 'sorry' })
    expect(await client.ending()).toBe('end')
  })
})

describe('the host', () => {
  const servers: ServerParts[] = ['first', 'a.example', 'b.example'].map((name) => ({
    name,
    handlers: [['content', (x) => x.respond(200, `${name} ${x.host} ${x.uri}`)]],
  }))

  it.each([
    ['GET / HTTP/1.1\r\nHost: b.example\r\n\r\n', 'b.example b.example /'],
    ['GET / HTTP/1.1\r\nHost: B.Example.:8080\r\n\r\n', 'b.example b.example /'],
    ['GET / HTTP/1.1\r\nHost: c.example\r\n\r\n', 'first c.example /'],
    ['GET http://b.example/x HTTP/1.1\r\nHost: a.example\r\n\r\n', 'b.example b.example /x'],
    ['GET http://b.example:80?y HTTP/1.1\r\nHost: c\r\n\r\n', 'b.example b.example /'],
    ['GET / HTTP/1.0\r\n\r\n', 'first  /'],
    ['GET http://b.example/ HTTP/1.0\r\n\r\n', 'b.example b.example /'],
  ])('of %j chooses the server', async (bytes, text) => {
    const served = serve(servers)
    const client = await served.client()
    expect((await client.exchange(bytes)).text).toBe(text)
  })
})

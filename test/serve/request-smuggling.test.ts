import { describe, expect, it } from 'vitest'
import { chunked, GET, request } from '../harness/raw-client.ts'
import { heedless } from '../kernel/handlers.ts'
import { serve } from '../kernel/serve.ts'

const CHUNKED = { 'Transfer-Encoding': 'chunked' }

describe('a request that could mean two things is refused:', () => {
  const smuggled = GET('/smuggled')
  it.each([
    ['length and chunks', { 'Content-Length': '5', ...CHUNKED }, 400],
    ['two codings', { 'Transfer-Encoding': 'gzip, chunked' }, 501],
    ['chunked twice', { 'Transfer-Encoding': 'chunked, chunked' }, 501],
    ['an unknown coding', { 'Transfer-Encoding': 'identity' }, 501],
    ['a coding in quotes', { 'Transfer-Encoding': '"chunked"' }, 501],
    ['a coding with a vertical tab', { 'Transfer-Encoding': '\x0bchunked' }, 501],
    ['an empty coding', { 'Transfer-Encoding': '' }, 501],
    ['a length with a sign', { 'Content-Length': '+5' }, 400],
    ['a negative length', { 'Content-Length': '-5' }, 400],
    ['a hexadecimal length', { 'Content-Length': '0x5' }, 400],
    ['a list of lengths', { 'Content-Length': '5, 5' }, 400],
    ['an empty length', { 'Content-Length': '' }, 400],
    ['a length with a space inside', { 'Content-Length': '1 0' }, 400],
    ['a length too long for a number', { 'Content-Length': '9'.repeat(16) }, 400],
  ])('%s', async (_, headers, status) => {
    const served = serve({ handlers: heedless })
    const client = await served.client()
    await client.send(request('POST /1', headers) + smuggled.repeat(2))
    const answer = await client.response()
    expect(answer.status).toBe(status)
    expect(answer.headers.get('connection')).toBe('close')
    expect((await client.incoming.rest()).length).toBe(0)
    expect(served.logged).toMatchObject([{ line: 'POST /1', status }])
  })

  it.each([
    ['two equal lengths', 'Content-Length: 5\r\nContent-Length: 5\r\n', 400],
    ['two lengths', 'Content-Length: 5\r\nContent-Length: 6\r\n', 400],
    ['two codings', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n', 400],
    ['two hosts', 'Host: a\r\n', 400],
    ['a folded coding', 'Transfer-Encoding:\r\n chunked\r\n', 400],
    ['a space before the colon', 'Transfer-Encoding : chunked\r\n', 400],
    ['a bare CR', 'X: a\rContent-Length: 5\r\n', 400],
  ])('%s', async (_, lines, status) => {
    const served = serve({ handlers: heedless })
    const client = await served.client()
    await client.send(`POST /1 HTTP/1.1\r\nHost: a\r\n${lines}\r\n${smuggled}`)
    expect((await client.response()).status).toBe(status)
    expect((await client.incoming.rest()).length).toBe(0)
    expect(served.logged).toHaveLength(1)
  })

  it('chunks in an HTTP/1.0 request', async () => {
    const served = serve({ handlers: heedless })
    const client = await served.client()
    await client.send(request('POST / HTTP/1.0', CHUNKED) + chunked('a') + smuggled)
    expect((await client.response()).status).toBe(400)
    expect((await client.incoming.rest()).length).toBe(0)
  })

  it('an underscore for a hyphen is another field', async () => {
    const served = serve({ handlers: heedless })
    const client = await served.client()
    const answer = await client.exchange(request('GET /1', { Content_Length: '5' }) + GET('/2'))
    expect(answer.text).toBe('/1')
    expect((await client.response()).text).toBe('/2')
  })
})

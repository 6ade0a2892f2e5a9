import { describe, expect, test } from 'vitest'
import { ByteQueue } from './byte-queue.ts'
import { readRequest } from './request.ts'
import { readResponse } from './response.ts'

function queueOf(text: string, ended = true): ByteQueue {
  const queue = new ByteQueue(200)
  queue.push(Buffer.from(text, 'latin1'))
  if (ended) queue.finish()
  return queue
}

/** The same bytes, one at a time, each in its own turn of the loop. */
function drippedQueue(text: string): ByteQueue {
  const queue = new ByteQueue(200)
  const bytes = Buffer.from(text, 'latin1')
  let at = 0
  const next = () => {
    if (at === bytes.length) return queue.finish()
    queue.push(bytes.subarray(at, ++at))
    setImmediate(next)
  }
  setImmediate(next)
  return queue
}

const CHUNKED =
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\nA\r\n, world!!!\r\n0\r\nX-T: 1\r\n\r\n'

describe('responses', () => {
  test('are read by length, and what follows stays', async () => {
    const queue = queueOf(
      'HTTP/1.1 200 OK\r\nA: 1\r\na: 2\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1 204 \r\n\r\n',
    )
    const first = await readResponse(queue)
    expect(first).toMatchObject({ version: '1.1', status: 200, reason: 'OK', text: 'hello' })
    expect(first.headers.all('a')).toEqual(['1', '2'])
    expect(() => first.headers.get('a')).toThrow('2 a lines')
    expect(await readResponse(queue)).toMatchObject({
      status: 204,
      reason: '',
      framing: { kind: 'none' },
    })
    expect(queue.size).toBe(0)
  })

  test.each([
    ['at once', queueOf],
    ['byte by byte', drippedQueue],
  ])('are read by chunks, %s', async (_, make) => {
    const response = await readResponse(make(CHUNKED))
    expect(response.text).toBe('hello, world!!!')
    expect(response.framing).toEqual({ kind: 'chunked' })
  })

  test('without framing last until the connection ends', async () => {
    expect((await readResponse(queueOf('HTTP/1.0 200 OK\r\n\r\nall of it'))).text).toBe('all of it')
  })

  test('to HEAD have no body whatever they announce', async () => {
    const queue = queueOf('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n', false)
    expect((await readResponse(queue, { method: 'HEAD' })).body).toHaveLength(0)
  })

  test('keep their interim answers', async () => {
    const queue = queueOf(
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
    )
    expect((await readResponse(queue)).interim).toEqual([100])
  })

  test.each([
    ['a bare LF', 'HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n'],
    ['a bad status', 'HTTP/1.1 20 OK\r\n\r\n'],
    ['an unknown version', 'HTTP/2.0 200 OK\r\n\r\n'],
    ['a space before the colon', 'HTTP/1.1 200 OK\r\nA : 1\r\n\r\n'],
    ['a folded line', 'HTTP/1.1 200 OK\r\nA: 1\r\n b\r\n\r\n'],
    ['a NUL', 'HTTP/1.1 200 OK\r\nA: \0\r\n\r\n'],
    ['both framings', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n'],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n1'],
    ['a negative length', 'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n'],
    ['another coding', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n'],
    ['a 204 with a length', 'HTTP/1.1 204 No\r\nContent-Length: 0\r\n\r\n'],
    ['a chunk size of no digits', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n'],
    [
      'a chunk size with a space',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1 \r\na\r\n0\r\n\r\n',
    ],
    [
      'a chunk without its end',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\naa\r\n0\r\n\r\n',
    ],
    ['a short body', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell'],
    [
      'a short chunked body',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n',
    ],
  ])('with %s are refused', async (_, text) => {
    await expect(readResponse(queueOf(text))).rejects.toThrow()
  })

  test('that never come are given up', async () => {
    await expect(readResponse(queueOf('HTTP/1.1 200', false))).rejects.toThrow(
      'nothing came for 200 ms',
    )
  })

  test('cut off by a reset are an error even without framing', async () => {
    const queue = queueOf('HTTP/1.1 200 OK\r\n\r\nhalf', false)
    queue.finish(new Error('ECONNRESET'))
    await expect(readResponse(queue)).rejects.toThrow('ECONNRESET')
  })
})

describe('requests', () => {
  test('are read with their bodies, one after another, until the client is done', async () => {
    const queue = queueOf(
      'POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhiGET /b HTTP/1.0\r\n\r\n',
    )
    expect(await readRequest(queue)).toMatchObject({ method: 'POST', target: '/a', version: '1.1' })
    expect(await readRequest(queue)).toMatchObject({ method: 'GET', target: '/b', version: '1.0' })
    expect(await readRequest(queue)).toBeUndefined()
  })

  test.each([
    ['no version', 'GET /\r\n\r\n'],
    ['no host', 'GET / HTTP/1.1\r\n\r\n'],
    ['two hosts', 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n'],
    ['two spaces', 'GET  / HTTP/1.1\r\nHost: a\r\n\r\n'],
    [
      'both framings',
      'GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n',
    ],
  ])('with %s are refused', async (_, text) => {
    await expect(readRequest(queueOf(text))).rejects.toThrow()
  })
})

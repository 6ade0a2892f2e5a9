import { closeSync, ftruncateSync, openSync, readdirSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Gateway } from '../harness/gateway.ts'
import { connect, get, once, request } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'

const SMALL = Array.from({ length: 10_240 }, (_, i) => String(i % 10)).join('')
const LARGE = 8_000_000

let gateway: Gateway

beforeAll(async () => {
  gateway = await startGateway({
    yaml: `
worker_processes: 1
http:
  server:
    - listen: 127.0.0.1:%%PORT%%
      root: www
      location:
        /: {}
        /lists/: { index: [none.html, $arg_l.html, list.html] }
        /open/: { if_modified_since: before }
        /whole/: { max_ranges: 0, etag: off }
`,
    files: {
      'www/small.txt': SMALL,
      'www/open/small.txt': SMALL,
      'www/whole/small.txt': SMALL,
      'www/empty.html': '',
      'www/large.bin': Buffer.alloc(LARGE, '0123456789'),
      'www/index.html': 'home',
      'www/lists/list.html': 'list',
      'www/lists/de.html': 'Liste',
      'www/no-index/file.css': 'p {}',
    },
    expected: [/No such file/, /directory index of/, /is not found/],
  })
})

const file = (path: string, headers = {}) => get(gateway.port(), path, headers)

describe('files', () => {
  test('are served with their type, length, ETag and time', async () => {
    const { status, headers, text } = await file('/small.txt')
    expect([status, text === SMALL]).toEqual([200, true])
    expect(headers.get('content-type')).toBe('text/plain')
    expect(headers.get('etag')).toMatch(/^"[0-9a-f]{8}-2800"$/)
    expect(headers.get('last-modified')).toMatch(/ GMT$/)
    expect(headers.get('accept-ranges')).toBe('bytes')
    expect((await file('/no-index/file.css')).headers.get('content-type')).toBe('text/css')
    expect((await file('/empty.html')).headers.get('content-length')).toBe('0')
  })

  test('of any size come whole, one after another on one connection', async () => {
    const client = await connect(gateway.port())
    for (let i = 0; i < 3; i++) {
      const { body } = await client.exchange(request('GET /large.bin'))
      expect(body.equals(Buffer.alloc(LARGE, '0123456789'))).toBe(true)
      expect((await client.exchange(request('GET /small.txt'))).text).toBe(SMALL)
    }
  })

  test('are found by index, and folders by a slash at the end', async () => {
    expect((await file('/')).text).toBe('home')
    expect((await file('/lists/')).text).toBe('list')
    expect((await file('/lists/?l=de')).text).toBe('Liste')
    const moved = await file('/lists?l=de')
    expect([moved.status, moved.headers.get('location')]).toEqual([
      301,
      `http://localhost:${gateway.port()}/lists/?l=de`,
    ])
    expect((await file('/no-index/')).status).toBe(403)
    expect((await file('/missing/')).status).toBe(404)
    expect((await file('/missing')).status).toBe(404)
  })

  test('answer GET and HEAD only', async () => {
    const head = await once(gateway.port(), request('HEAD /large.bin', { Connection: 'close' }))
    expect(head.headers.get('content-length')).toBe(String(LARGE))
    expect((await once(gateway.port(), request('POST /small.txt', {}, 'x'))).status).toBe(405)
    expect((await once(gateway.port(), request('PUT /small.txt', {}, 'x'))).status).toBe(405)
  })

  test('never come from outside the root', async () => {
    for (const path of ['/../gateway.yaml', '/lists/../../gateway.yaml', '/%2e%2e/gateway.yaml']) {
      expect([400, 404]).toContain((await file(path)).status)
    }
    expect((await file('/small.txt%00.html')).status).toBe(400)
  })

  test('are closed when a client leaves in the middle', async () => {
    const [worker] = gateway.workers()
    const open = () => readdirSync(`/proc/${worker}/fd`).length
    await file('/small.txt')
    const before = open()
    for (let i = 0; i < 20; i++) {
      const client = await connect(gateway.port())
      await client.send(request('GET /large.bin'))
      await client.incoming.more(5000)
      client.destroy()
    }
    await expect.poll(open, { timeout: 5000 }).toBeLessThanOrEqual(before)
    expect((await file('/large.bin')).body.length).toBe(LARGE)
  })

  test('that become shorter are cut, not filled', async () => {
    gateway.expect(/became shorter/)
    gateway.workspace.write('www/shrinking.bin', Buffer.alloc(60_000_000))
    const client = await connect(gateway.port())
    await client.send(request('GET /shrinking.bin'))
    // It has begun, and most of it still waits for the client.
    await client.incoming.more()
    client.socket.pause()
    const fd = openSync(gateway.workspace.path('www/shrinking.bin'), 'r+')
    ftruncateSync(fd, 1000)
    closeSync(fd)
    client.socket.resume()
    await expect(client.response()).rejects.toThrow()
    await gateway.logged(/became shorter/)
  })
})

describe('conditions', () => {
  test('are answered with 304 and no body', async () => {
    const { headers } = await file('/small.txt')
    const etag = headers.get('etag') ?? ''
    const date = headers.get('last-modified') ?? ''
    const client = await connect(gateway.port())
    for (const condition of [{ 'If-None-Match': etag }, { 'If-Modified-Since': date }]) {
      const answer = await client.exchange(request('GET /small.txt', condition))
      expect([answer.status, answer.body.length]).toEqual([304, 0])
      expect(answer.headers.get('etag')).toBe(etag)
    }
    // The same connection goes on in step.
    expect(
      (await client.exchange(request('GET /large.bin', { 'If-None-Match': '*' }))).status,
    ).toBe(304)
    expect((await client.exchange(request('GET /small.txt'))).text).toBe(SMALL)
  })

  test('that fail are answered with 412', async () => {
    const answer = await file('/small.txt', { 'If-Match': '"other"' })
    expect([answer.status, answer.text.includes('412 Precondition Failed')]).toEqual([412, true])
  })

  test('compare times as if_modified_since says', async () => {
    const later = 'Fri, 01 Jan 2100 00:00:00 GMT'
    expect((await file('/small.txt', { 'If-Modified-Since': later })).status).toBe(200)
    expect((await file('/open/small.txt', { 'If-Modified-Since': later })).status).toBe(304)
  })
})

describe('ranges', () => {
  test.each(['/small.txt', '/large.bin'])('of %s are cut out', async (path) => {
    const answer = await file(path, { Range: 'bytes=5-14' })
    expect([answer.status, answer.text]).toEqual([206, '5678901234'])
    const length = path === '/small.txt' ? 10_240 : LARGE
    expect(answer.headers.get('content-range')).toBe(`bytes 5-14/${length}`)
    expect((await file(path, { Range: 'bytes=-3' })).text).toBe('789')
    const refused = await file(path, { Range: `bytes=${length}-` })
    expect([refused.status, refused.headers.get('content-range')]).toEqual([
      416,
      `bytes */${length}`,
    ])
  })

  test.each(['/small.txt', '/large.bin'])(
    'of %s come as parts, in the order asked',
    async (path) => {
      const answer = await file(path, { Range: 'bytes=7-9,0-1' })
      expect(answer.status).toBe(206)
      expect(answer.headers.get('content-length')).toBe(String(answer.body.length))
      const boundary = /boundary=(\d+)/.exec(answer.headers.get('content-type') ?? '')?.[1]
      const parts = answer.text.split(`\r\n--${boundary}`).map((part) => part.split('\r\n\r\n')[1])
      expect(parts).toEqual([undefined, '789', '01', undefined])
    },
  )

  test('are not served with max_ranges 0', async () => {
    const answer = await file('/whole/small.txt', { Range: 'bytes=0-1' })
    expect([answer.status, answer.body.length]).toEqual([200, SMALL.length])
    expect(answer.headers.has('accept-ranges')).toBe(false)
    expect(answer.headers.has('etag')).toBe(false)
  })
})

import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { constant, type Head } from 'gateway/plugin'
import { type RequestOptions, underTest } from 'gateway/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import plugin from '../../src/plugins/static/index.ts'

const TIME = 1_700_000_000
const LARGE = 1_000_000
let root: string

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'static-'))
  writeFileSync(join(root, 'a.html'), 'hello')
  utimesSync(join(root, 'a.html'), TIME, TIME)
  writeFileSync(join(root, 'empty.txt'), '')
  writeFileSync(join(root, 'large.bin'), Buffer.alloc(LARGE, 'abcdefghij'))
  writeFileSync(join(root, 'größe.txt'), 'bytes')
  writeFileSync(join(root, 'what?.txt'), 'question')
  mkdirSync(join(root, 'folder'))
  symlinkSync(join(root, 'a.html'), join(root, 'link.html'))
  symlinkSync(join(root, 'loop'), join(root, 'loop'))
  execFileSync('mkfifo', [join(root, 'fifo')])
})
afterAll(() => rmSync(root, { recursive: true }))

const subject = (settings = {}) => {
  return underTest(plugin, { settings: { root: constant(root), ...settings } })
}
const get = (target: string, request: RequestOptions = {}) =>
  subject().request({ target, ...request })
/** How many files below the root this process has open. */
const openFiles = () => {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(join('/proc/self/fd', fd)).startsWith(root)
    } catch {
      return false
    }
  }).length
}

describe('static', () => {
  it('serves a file with all that is known of it', async () => {
    const { status, text, head } = await get('/a.html')
    expect([status, text]).toEqual([200, 'hello'])
    expect(head).toMatchObject({
      type: 'text/html',
      length: 5,
      modified: TIME * 1000,
      ranges: true,
    })
    expect(head?.fields.get('etag')).toBe(`"${TIME.toString(16)}-5"`)
  })

  it('sends no ETag with etag off', async () => {
    const off = underTest(plugin, {
      settings: { root: constant(root), etag: false },
    })
    expect((await off.request({ target: '/a.html' })).head?.fields.get('etag')).toBeUndefined()
  })

  it('serves an empty file', async () => {
    const { status, head, body } = await get('/empty.txt')
    expect([status, head?.length, body.length]).toEqual([200, 0, 0])
  })

  it('gives HEAD the length alone', async () => {
    for (const [target, length] of [
      ['/a.html', 5],
      ['/large.bin', LARGE],
    ] as const) {
      const { status, head, body } = await get(target, { method: 'HEAD' })
      expect([status, head?.length, body.length]).toEqual([200, length, 0])
    }
  })

  it('follows symbolic links', async () => {
    expect((await get('/link.html')).text).toBe('hello')
  })

  it('takes names as bytes', async () => {
    expect((await get('/gr%C3%B6%C3%9Fe.txt')).text).toBe('bytes')
    expect((await get('/what%3F.txt')).text).toBe('question')
  })

  it('streams a large file in pieces, each when the client is ready', async () => {
    const { body, sink, head } = await subject().request({ target: '/large.bin' }, 'slow')
    expect(body.equals(Buffer.alloc(LARGE, 'abcdefghij'))).toBe(true)
    expect([head?.length, sink.faults]).toEqual([LARGE, []])
    expect(Math.max(...sink.chunks.map((chunk) => chunk.length))).toBe(65_536)
  })

  it('reads in pieces of output_buffers', async () => {
    const small = subject({ output_buffers: { count: 1, size: 8192 } })
    const { sink } = await small.request({ target: '/large.bin' })
    expect(sink.chunks[0]?.length).toBe(8192)
  })

  it.each([
    ['/none.html', 404, 'error: open() "ROOT/none.html" failed (2: No such file or directory)'],
    ['/a.html/b', 404, 'error: open() "ROOT/a.html/b" failed (20: Not a directory)'],
    ['/loop', 403, 'error: open() "ROOT/loop" failed (40: Too many symbolic links encountered)'],
    ['/fifo', 404, 'crit: "ROOT/fifo" is not a regular file'],
    ['/folder/', 403, 'error: directory index of "ROOT/folder/" is forbidden'],
  ])('answers %s with %i and a line in the log', async (target, expected, line) => {
    const { status, log } = await get(target)
    expect(status).toBe(expected)
    expect(log).toEqual([line.replace('ROOT', root)])
  })

  it('answers too long a name with 404', async () => {
    expect((await get(`/${'x'.repeat(300)}`)).status).toBe(404)
  })

  it('says nothing of missing files with log_not_found off', async () => {
    const { status, log } = await subject({ log_not_found: false }).request({ target: '/none' })
    expect([status, log]).toEqual([404, []])
  })

  it.runIf(process.getuid?.() !== 0)('answers a file it may not read with 403', async () => {
    writeFileSync(join(root, 'secret'), '')
    chmodSync(join(root, 'secret'), 0)
    expect((await get('/secret')).status).toBe(403)
  })

  it('sends a request for a folder to the folder, with its arguments', async () => {
    const { status, head } = await get('/folder?a=b')
    expect([status, head?.fields.get('location')]).toEqual([
      301,
      'http://localhost:8080/folder/?a=b',
    ])
  })

  it.each([
    ['POST', '/a.html', 405],
    ['POST', '/none.html', 404],
    ['PUT', '/a.html', 405],
    ['DELETE', '/none.html', 405],
  ])('answers %s %s with %i', async (method, target, status) => {
    expect((await get(target, { method })).status).toBe(status)
  })

  it('pours only the parts a filter asks for', async () => {
    const seeking = underTest(
      {
        ...plugin,
        filters: {
          slice: (x, next) => {
            const head = x.head as Head
            head.seek?.([
              { start: 999_990, end: LARGE },
              { start: 1, end: 3 },
            ])
            head.length = 12
            return next
          },
        },
      },
      { settings: { root: constant(root) } },
    )
    const { text, sink } = await seeking.request({ target: '/large.bin' })
    expect([text, sink.chunks.length]).toEqual(['abcdefghijbc', 2])
  })

  it('cuts the response of a file that becomes shorter', async () => {
    const path = join(root, 'shrinking.bin')
    writeFileSync(path, Buffer.alloc(300_000))
    const answer = subject().request({ target: '/shrinking.bin' }, 'slow')
    truncateSync(path, 100_000)
    const { sink } = await answer
    expect(sink.failure?.message).toContain('became shorter while it was sent')
  })

  it('notices when the folder of a kept file is not one any more', async () => {
    mkdirSync(join(root, 'turns'))
    writeFileSync(join(root, 'turns', 'a.txt'), 'kept')
    utimesSync(join(root, 'turns', 'a.txt'), TIME, TIME)
    const keeping = subject()
    // A file is kept when it has been left alone for two seconds and is asked for again.
    await new Promise((resolve) => setTimeout(resolve, 2100))
    for (let i = 0; i < 3; i++) {
      expect((await keeping.request({ target: '/turns/a.txt' })).text).toBe('kept')
    }
    rmSync(join(root, 'turns'), { recursive: true })
    writeFileSync(join(root, 'turns'), '')
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect((await keeping.request({ target: '/turns/a.txt' })).status).toBe(404)
  })

  it('leaves no file open, whatever happens', async () => {
    for (const target of ['/a.html', '/large.bin', '/none', '/folder', '/fifo']) await get(target)
    await get('/a.html', { method: 'POST' })
    await get('/large.bin', { method: 'HEAD' })
    await expect.poll(openFiles).toBe(0)
  })
})

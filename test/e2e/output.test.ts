import { readFileSync, truncateSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Gateway } from '../harness/gateway.ts'
import { connect, get, once, type RawClient, request } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { until } from '../harness/wait.ts'

const SIZE = 100_000
const LARGE = Buffer.alloc(SIZE, 'abc')
const HUGE = 64 * 2 ** 20
/** More than the sockets between gateway and client ever hold. */
const IN_SOCKETS = 24 * 2 ** 20

/** Instead of a body, the sizes of the pieces it came in. */
const SIZES = `
import { definePlugin, flag, type Head } from 'gateway/plugin'
export default definePlugin({
  name: 'sizes',
  directives: {
    sizes: flag({ in: ['location'], default: false, doc: 'Answers with the sizes of pieces.' }),
  },
  prepare: ({ sizes }) => sizes || undefined,
  filters: {
    slice: (x, next) => {
      ;(x.head as Head).length = undefined
      return {
        head: (head) => next.head(head),
        data: (chunk) => next.data(Buffer.from(chunk.length + ' ')),
        end: () => next.end(),
        fail: (error) => next.fail(error),
      }
    },
  },
})
`

/** Pours so many bytes for each number of `?parts=`, of another letter each; `wait` is for `/go`. */
const POUR = `
import { definePlugin, flag, Head } from 'gateway/plugin'
let go = () => {}
const told = () => new Promise<void>((resolve) => { go = resolve })
export default definePlugin({
  name: 'pour',
  directives: { pour: flag({ in: ['location'], default: false, doc: 'Pours a response.' }) },
  content: async (x, { pour }) => {
    if (!pour) return 'next'
    if (x.uri === '/go') {
      go()
      return x.respond(200, 'gone')
    }
    const head = new Head(200)
    head.flush = x.uri === '/flush/'
    const sink = x.send(head)
    const parts = (x.args ?? '').slice('parts='.length).split(',')
    for (const [i, part] of parts.entries()) {
      const waits = part === 'wait' ? told() : sink.data(Buffer.alloc(Number(part), 97 + (i % 26)))
      if (waits) await waits
    }
    await sink.end()
    return 'done'
  },
})
`

let gateway: Gateway

beforeAll(async () => {
  gateway = await startGateway({
    yaml: `
worker_processes: 1
plugins: [sizes.ts, pour.ts]
http:
  root: www
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
        /: { sizes: on }
        /one/: { sizes: on, output_buffers: 1 8k }
        /three/: { sizes: on, output_buffers: 3 4k }
        /plain/: { output_buffers: 1 16k }
    - listen: 127.0.0.1:%%PORT_1%%
      output_buffers: 1 20k
      location: { /: { sizes: on } }
    - listen: 127.0.0.1:%%PORT_2%%
      location:
        /: { pour: on }
        /flush/: { pour: on }
        /at-once/: { pour: on, postpone_output: 0 }
        /late/: { pour: on, postpone_output: 64k }
`,
    files: {
      'sizes.ts': SIZES,
      'pour.ts': POUR,
      'www/large.bin': LARGE,
      'www/one/large.bin': LARGE,
      'www/three/large.bin': LARGE,
      'www/plain/large.bin': LARGE,
      'www/plain/huge.bin': '',
    },
  })
  truncateSync(gateway.workspace.path('www/plain/huge.bin'), HUGE)
})

describe('output_buffers', () => {
  test.each([
    ['2 32k unless written', 0, '/large.bin', 65_536],
    ['number and size', 0, '/one/large.bin', 8192],
    ['several of them', 0, '/three/large.bin', 12_288],
    ['those of the server around', 1, '/large.bin', 20_480],
  ])('make the pieces a large file is read in: %s', async (_, port, path, most) => {
    expect(await piecesOf(port, path)).toEqual(piecesOfSize(SIZE, most))
  })

  test('make the pieces of a part of a file', async () => {
    const range = { Range: 'bytes=50000-79999' }
    expect(await piecesOf(0, '/one/large.bin', range)).toEqual(piecesOfSize(30_000, 8192))
  })

  test('are read no faster than the client reads', async () => {
    const [worker = 0] = gateway.workers()
    const before = bytesReadBy(worker)
    const client = await connect(gateway.port())
    client.socket.pause()
    await client.send(request('GET /plain/huge.bin'))
    let last = before
    await until('reading to pause', async () => {
      // Somebody else is served meanwhile: only the one that does not read waits.
      for (let i = 0; i < 20; i++) await get(gateway.port(), '/plain/large.bin', ONE_BYTE)
      const now = bytesReadBy(worker)
      const pauses = last > before + 16_384 && now - last < 16_384
      last = now
      return pauses
    })
    expect(last - before).toBeLessThan(IN_SOCKETS)
    client.socket.resume()
    expect((await client.response()).body.length).toBe(HUGE)
    expect(bytesReadBy(worker) - before).toBeGreaterThanOrEqual(HUGE)
  }, 30_000)
})

describe('postpone_output', () => {
  test.each([
    ['1460 bytes unless written', '/?parts=700,700,700,100', [2100, 100]],
    ['not one byte less', '/?parts=1459,1,1', [1460, 1]],
    ['nothing where it is large enough itself', '/?parts=1460,1,5000,1', [1460, 5001, 1]],
    ['more, if it is told', '/late/?parts=30000,30000,30000,1,1', [90_000, 2]],
    ['the end of the response', '/late/?parts=1,2,3', [6]],
    ['nothing where it is 0', '/at-once/?parts=700,1,1,100', [700, 1, 1, 100]],
    ['nothing where every chunk is to go out', '/flush/?parts=700,1,1,100', [700, 1, 1, 100]],
  ])('makes small output wait for %s', async (_, path, expected) => {
    const client = await connect(gateway.port(2))
    await client.send(request(`GET ${path}`))
    await client.incoming.until('\r\n\r\n')
    const chunks: number[] = []
    do chunks.push(await nextChunk(client))
    while (chunks.at(-1) !== 0)
    expect(chunks).toEqual([...expected, 0])
    // Nothing is left in front of the next response.
    expect((await client.exchange(request('GET /go'))).text).toBe('gone')
  })

  test.each(['/', '/late/', '/at-once/', '/flush/'])(
    'lets go what %s holds back while more is awaited',
    async (path) => {
      const client = await connect(gateway.port(2))
      await client.send(request(`GET ${path}?parts=10,20,wait,30`))
      await client.incoming.until('\r\n\r\n')
      let here = 0
      while (here < 30) here += await nextChunk(client)
      // Only now, when the client has all there is, the rest is made.
      await get(gateway.port(2), '/go')
      expect([here, await nextChunk(client), await nextChunk(client)]).toEqual([30, 30, 0])
    },
  )

  test('keeps the order of what was held and what was not', async () => {
    const sizes = Array.from({ length: 400 }, (_, i) => (i * 397) % 3000).filter((each) => each > 0)
    const { text } = await once(gateway.port(2), request(`GET /?parts=${sizes.join()}`))
    const poured = sizes.map((size, i) => String.fromCharCode(97 + (i % 26)).repeat(size)).join('')
    expect(text === poured).toBe(true)
  })
})

const ONE_BYTE = { Range: 'bytes=0-0' }

async function piecesOf(port: number, path: string, headers = {}): Promise<number[]> {
  const { text } = await get(gateway.port(port), path, headers)
  return text.trim().split(' ').map(Number)
}

function piecesOfSize(total: number, most: number): number[] {
  const pieces: number[] = []
  for (let left = total; left > 0; left -= most) pieces.push(Math.min(left, most))
  return pieces
}

/** All a process has read so far, from files mostly. */
function bytesReadBy(pid: number): number {
  return Number(/^rchar: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, 'latin1'))?.[1])
}

/** The size of the next chunk on the wire, whose bytes are taken. */
async function nextChunk(client: RawClient): Promise<number> {
  const size = Number.parseInt((await client.incoming.until('\r\n')).toString('latin1'), 16)
  await client.incoming.take(size + 2)
  return size
}

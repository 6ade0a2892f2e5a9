import net from 'node:net'
import { quantile } from './statistics.ts'
import type { LoadReport } from './wrk.ts'

/** Large bodies, down or up. */
export interface StreamLoad {
  readonly direction: 'down' | 'up'
  readonly path: string
  /** Bytes of each body. */
  readonly size: number
  readonly connections: number
}

const PIECE = Buffer.alloc(2 ** 18, 'x')

/** Moves bodies one after another on a few connections; every byte is counted. */
export async function runStreams(
  port: number,
  load: StreamLoad,
  seconds: number,
): Promise<LoadReport> {
  const from = performance.now()
  const deadline = from + 1000 * seconds
  const times: number[] = []
  let failed = 0
  const loops = Array.from({ length: load.connections }, async () => {
    do {
      const start = performance.now()
      const moved = await transfer(port, load)
      if (moved === load.size) times.push(performance.now() - start)
      else failed++
    } while (performance.now() < deadline)
  })
  await Promise.all(loops)
  return {
    requests: times.length,
    seconds: (performance.now() - from) / 1000,
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
    failed,
    bytes: times.length * load.size,
  }
}

/** A transfer that moves nothing for so many milliseconds has failed. */
const PATIENCE = 10_000

/** One request on a connection of its own; resolves with the body bytes that got through. */
function transfer(port: number, load: StreamLoad): Promise<number> {
  const up = load.direction === 'up'
  return new Promise((resolve) => {
    let head = ''
    let received = 0
    let sent = 0
    const socket = net.connect({
      port,
      host: '127.0.0.1',
      // One buffer for all reads: the client must not cost more than the server.
      onread: { buffer: Buffer.alloc(2 ** 20), callback: read },
    })
    socket.setTimeout(PATIENCE, () => socket.destroy())
    socket.on('connect', start)
    socket.on('drain', pump)
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(up ? (head.startsWith('HTTP/1.1 200') ? sent : 0) : received))

    function start(): void {
      const length = up ? `Content-Length: ${load.size}\r\n` : ''
      const startLine = `${up ? 'POST' : 'GET'} ${load.path} HTTP/1.1`
      socket.write(`${startLine}\r\nHost: www.example.com\r\nConnection: close\r\n${length}\r\n`)
      pump()
    }

    function pump(): void {
      while (up && sent < load.size) {
        const piece = PIECE.subarray(0, Math.min(PIECE.length, load.size - sent))
        sent += piece.length
        if (!socket.write(piece)) return
      }
    }

    function read(count: number, bytes: Uint8Array): boolean {
      received += head.endsWith('\r\n\r\n') ? count : readHead(count, bytes)
      if (head.endsWith('\r\n\r\n') && (up || received >= load.size)) socket.destroy()
      return true
    }

    /** How many body bytes came with the rest of the head. */
    function readHead(count: number, bytes: Uint8Array): number {
      head += Buffer.from(bytes.buffer, bytes.byteOffset, count).toString('latin1')
      const end = head.indexOf('\r\n\r\n')
      if (end < 0) return 0
      const body = head.length - end - 4
      head = head.slice(0, end + 4)
      return body
    }
  })
}

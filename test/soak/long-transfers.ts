import { type Origin, origin } from '../harness/origin.ts'
import { connect, request } from '../harness/raw-client.ts'
import { hashOf, newHash, pieces } from './pattern.ts'

/** A transfer the test lets go on piece by piece. */
export interface Transfer {
  /** Moves the next piece. */
  step(): Promise<void>
  /** Moves the rest; resolves with what is wrong with it, or nothing. */
  finish(): Promise<string | undefined>
}

/** An origin that answers uploads with their hash, and whatever has no body with a large one. */
export function transferOrigin(size: number): Promise<Origin> {
  return origin(async (peer) => {
    for (;;) {
      const asked = await peer.requestHead()
      if (asked === undefined) return
      const length = Number(asked.headers.get('content-length') ?? 0)
      if (length > 0) {
        const hash = newHash()
        hash.update(await peer.incoming.take(length))
        await peer.answer(hash.digest('hex'))
        continue
      }
      await peer.send(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`)
      for (const piece of pieces(size)) await peer.send(piece)
    }
  })
}

/** A client that sends a body of `size` bytes step by step, and wants its hash back. */
export async function slowUpload(port: number, target: string, size: number): Promise<Transfer> {
  const client = await connect(port, { patience: 30_000 })
  const source = pieces(size)
  await client.send(request(`POST ${target}`, { 'Content-Length': String(size) }))
  const step = async () => {
    const { value } = source.next()
    if (value) await client.send(value)
  }
  return {
    step,
    finish: async () => {
      for (const piece of source) await client.send(piece)
      const { status, text } = await client.response()
      return status === 200 && text === hashOf(size) ? undefined : `${status} ${text}`
    },
  }
}

/** A client that reads a body of `size` bytes step by step. */
export async function slowDownload(port: number, target: string, size: number): Promise<Transfer> {
  const client = await connect(port, { patience: 30_000 })
  await client.send(request(`GET ${target}`))
  await client.incoming.more()
  client.socket.pause()
  return {
    step: async () => {
      client.socket.resume()
      await client.incoming.more()
      client.socket.pause()
    },
    finish: async () => {
      client.socket.resume()
      const hash = newHash()
      const { status } = await client.response({ onData: (piece) => void hash.update(piece) })
      return status === 200 && hash.digest('hex') === hashOf(size) ? undefined : `${status}`
    },
  }
}

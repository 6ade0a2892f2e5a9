import { readBody } from '../harness/body.ts'
import { declaredFraming } from '../harness/message.ts'
import { type Origin, type OriginPeer, origin } from '../harness/origin.ts'
import { type Kind, newHash, pieces } from './pattern.ts'
import { StallingReader } from './stalls.ts'

/** An origin of large bodies, and what it has sent so far. */
export interface BodyOrigin extends Origin {
  sent(): number
  /** What the client of an upload has sent so far; an origin that stalls waits for that to stop. */
  uploaded: () => number
}

/**
 * `GET /noise?chunked=SIZE`, `?length=SIZE` or `?close=SIZE` (and `/text`) answers a body in that
 * framing; whatever has a body is answered with the body's hash, read with stops if the target
 * holds `stall=BYTES`.
 */
export async function bodyOrigin(): Promise<BodyOrigin> {
  let sent = 0
  const started = await origin(async (peer) => {
    for (;;) {
      const head = await peer.requestHead()
      if (head === undefined) return
      const framing = declaredFraming(head.headers)
      if (framing) {
        const hash = newHash()
        const every = Number(/stall=(\d+)/.exec(head.target)?.[1] ?? 0)
        const uploaded = () => extended.uploaded()
        const reader = new StallingReader(peer.socket, uploaded, { every, most: 4 })
        await readBody(peer.incoming, framing, {
          onData: (piece) => {
            hash.update(piece)
            reader.took(piece.length)
          },
        })
        await reader.outcome()
        await peer.answer(hash.digest('hex'))
        continue
      }
      const [, kind, how = '', size] = /^\/(\w+)\?(\w+)=(\d+)/.exec(head.target) ?? []
      await pour(peer, Number(size), how, kind as Kind)
      if (how === 'close') return
    }
  })
  const extended: BodyOrigin = Object.assign(started, { sent: () => sent, uploaded: () => 0 })
  return extended

  async function pour(peer: OriginPeer, size: number, how: string, kind: Kind) {
    const framing = { length: `Content-Length: ${size}`, chunked: 'Transfer-Encoding: chunked' }
    const line = framing[how as keyof typeof framing] ?? 'Connection: close'
    const type = kind === 'text' ? 'text/plain' : 'application/octet-stream'
    await peer.send(`HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\n${line}\r\n\r\n`)
    for (const piece of pieces(size, kind)) {
      if (!peer.socket.writable) return
      if (how === 'chunked') await peer.send(`${piece.length.toString(16)}\r\n`)
      await peer.send(piece)
      if (how === 'chunked') await peer.send('\r\n')
      sent += piece.length
    }
    if (how === 'chunked') await peer.send('0\r\n\r\n')
  }
}

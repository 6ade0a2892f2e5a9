import type { OriginScript } from './origin.ts'

/** Accepts, reads the request, resets before any answer. */
export const resetBeforeHead: OriginScript = async (peer) => {
  await peer.requestHead()
  peer.reset()
}

/** Resets at once, before it has read anything. */
export const resetOnAccept: OriginScript = (peer) => peer.reset()

/** Closes in order without an answer. */
export const closeBeforeHead: OriginScript = async (peer) => {
  await peer.requestHead()
}

/** Sends a head and half a body, then resets. */
export const resetAfterHead: OriginScript = async (peer) => {
  await peer.requestHead()
  await peer.send('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf ')
  peer.reset()
}

/** Sends a head and half a body, then closes in order. */
export const truncate: OriginScript = async (peer) => {
  await peer.requestHead()
  await peer.send('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf ')
}

/** Ends a chunked body in the middle of a chunk. */
export const truncateChunk: OriginScript = async (peer) => {
  await peer.requestHead()
  await peer.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\nhalf ')
}

/** Reads the request and never answers. */
export const hang: OriginScript = async (peer) => {
  await peer.ending(120_000)
}

/** Sends a head and half a body and never goes on. */
export const hangAfterHead: OriginScript = async (peer) => {
  await peer.requestHead()
  await peer.send('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf ')
  await peer.ending(120_000)
}

/** Answers with something that is not HTTP. */
export const garbage: OriginScript = async (peer) => {
  await peer.requestHead()
  await peer.send('\x00\x01\x02 this is no answer\r\n\r\n')
}

/** Answers with Content-Length and Transfer-Encoding at once. */
export const bothFramings: OriginScript = async (peer) => {
  await peer.requestHead()
  await peer.send(
    'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
  )
}

/** Answers as soon as the head is there and reads no body. */
export const earlyAnswer: OriginScript = async (peer) => {
  await peer.requestHead()
  await peer.answer('early')
  await peer.ending(120_000)
}

/** Half-closes as soon as it has the request, and answers never. */
export const halfClose: OriginScript = async (peer) => {
  await peer.requestHead()
  peer.halfClose()
  await peer.ending(120_000)
}

/** Sends a second answer nobody asked for right behind the first; it must reach no request. */
export const unasked: OriginScript = async (peer) => {
  await peer.requestHead()
  await peer.answer('asked', '')
  await peer.send('HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nunasked')
  await peer.ending(120_000)
}

/** Answers each request, `piece` bytes every `pause` milliseconds. */
export function drip(body: string, piece: number, pause: number): OriginScript {
  return async (peer) => {
    while (await peer.request()) {
      await peer.send(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`)
      for (let at = 0; at < body.length; at += piece) {
        await new Promise((resolve) => setTimeout(resolve, pause))
        await peer.send(body.slice(at, at + piece))
      }
    }
  }
}

/** Answers every request on a connection with the same bytes, whatever they are. */
export function always(bytes: string): OriginScript {
  return async (peer) => {
    while (await peer.request()) await peer.send(bytes)
  }
}

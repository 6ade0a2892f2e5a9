import type { Buffer } from 'node:buffer'
import { type FLAG, FRAME, FRAME_HEAD } from './codes.ts'

/** Writes the head of a frame at `at`; returns where its payload begins. */
export function writeFrameHead(
  into: Buffer,
  at: number,
  length: number,
  type: number,
  flags: number,
  stream: number,
): number {
  into[at] = length >> 16
  into[at + 1] = length >> 8
  into[at + 2] = length
  into[at + 3] = type
  into[at + 4] = flags
  into[at + 5] = stream >> 24
  into[at + 6] = stream >> 16
  into[at + 7] = stream >> 8
  into[at + 8] = stream
  return at + FRAME_HEAD
}

/** A frame whose payload is numbers of 32 bits. */
function numbersFrame(type: number, stream: number, numbers: readonly number[]): Uint8Array {
  const frame = new Uint8Array(FRAME_HEAD + numbers.length * 4)
  const view = new DataView(frame.buffer)
  view.setUint8(2, numbers.length * 4)
  view.setUint8(3, type)
  view.setUint32(5, stream)
  numbers.forEach((each, i) => {
    view.setUint32(FRAME_HEAD + i * 4, each)
  })
  return frame
}

/** Ends a stream at once (RFC 9113 section 6.4). */
export function resetFrame(stream: number, code: number): Uint8Array {
  return numbersFrame(FRAME.reset, stream, [code])
}

/** Lets the other side send `bytes` more; stream 0: on all streams together (section 6.9). */
export function windowFrame(stream: number, bytes: number): Uint8Array {
  return numbersFrame(FRAME.windowUpdate, stream, [bytes])
}

/** Says that no stream after `last` was, or will be, looked at (section 6.8). */
export function goAwayFrame(last: number, code: number): Uint8Array {
  return numbersFrame(FRAME.goAway, 0, [last, code])
}

/** A ping of 8 bytes, or the answer to one (section 6.7). */
export function pingFrame(payload: Uint8Array, flags: 0 | typeof FLAG.ack): Uint8Array {
  const frame = new Uint8Array(FRAME_HEAD + payload.length)
  frame[2] = payload.length
  frame[3] = FRAME.ping
  frame[4] = flags
  frame.set(payload, FRAME_HEAD)
  return frame
}

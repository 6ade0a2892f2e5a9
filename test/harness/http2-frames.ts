import { Buffer } from 'node:buffer'

/** Types of frames (RFC 9113, section 6). */
export const TYPE = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  push: 5,
  ping: 6,
  goAway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const

/** Flags of frames; those with one bit are of different types. */
export const FLAG = { ack: 1, endStream: 1, endHeaders: 4, padded: 8, priority: 32 } as const

/** Error codes (section 7). */
export const CODE = {
  none: 0,
  protocol: 1,
  internal: 2,
  flowControl: 3,
  streamClosed: 5,
  frameSize: 6,
  refused: 7,
  cancel: 8,
  compression: 9,
  calm: 11,
} as const

/** Settings (section 6.5.2). */
export const SETTING = {
  tableSize: 1,
  push: 2,
  streams: 3,
  window: 4,
  frameSize: 5,
  listSize: 6,
} as const

export const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'
export const FRAME_HEAD = 9

/** One frame, exactly as told; nothing of it is checked. */
export function frame(
  type: number,
  flags: number,
  stream: number,
  payload: Uint8Array | string = '',
): Buffer {
  const body = typeof payload === 'string' ? Buffer.from(payload, 'latin1') : payload
  const head = Buffer.alloc(FRAME_HEAD)
  head.writeUIntBE(body.length, 0, 3)
  head.set([type, flags], 3)
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, body])
}

/** A header block of literals that nobody remembers, without Huffman coding. */
export function block(...fields: readonly (readonly [name: string, value: string])[]): Buffer {
  return Buffer.concat(fields.flatMap(([name, value]) => [ZERO, text(name), text(value)]))
}

const ZERO = Buffer.of(0)

function text(value: string): Buffer {
  return Buffer.concat([integer(0x7f, value.length), Buffer.from(value, 'latin1')])
}

/** An integer behind a prefix of which all bits may be set; `flags` share its byte. */
export function integer(mask: number, value: number, flags = 0): Buffer {
  if (value < mask) return Buffer.of(flags | value)
  const bytes = [flags | mask]
  let rest = value - mask
  for (; rest >= 128; rest >>>= 7) bytes.push((rest & 127) | 128)
  return Buffer.of(...bytes, rest)
}

const WHOLE = FLAG.endHeaders | FLAG.endStream

/** A header block in one frame that also ends the stream, unless other flags are given. */
export function headers(stream: number, fields: Uint8Array, flags: number = WHOLE): Buffer {
  return frame(TYPE.headers, flags, stream, fields)
}

export function continuation(
  stream: number,
  fields: Uint8Array,
  flags: number = FLAG.endHeaders,
): Buffer {
  return frame(TYPE.continuation, flags, stream, fields)
}

export function data(stream: number, payload: Uint8Array | string, flags = 0): Buffer {
  return frame(TYPE.data, flags, stream, payload)
}

export function settings(...pairs: readonly (readonly [id: number, value: number])[]): Buffer {
  const payload = Buffer.alloc(pairs.length * 6)
  pairs.forEach(([id, value], i) => {
    payload.writeUInt16BE(id, i * 6)
    payload.writeUInt32BE(value, i * 6 + 2)
  })
  return frame(TYPE.settings, 0, 0, payload)
}

export function ping(payload = 'harness!', flags = 0): Buffer {
  return frame(TYPE.ping, flags, 0, payload)
}

export function reset(stream: number, code: number): Buffer {
  return frame(TYPE.reset, 0, stream, number(code))
}

export function windowUpdate(stream: number, bytes: number): Buffer {
  return frame(TYPE.windowUpdate, 0, stream, number(bytes))
}

export function goAway(code: number, lastStream = 0): Buffer {
  return frame(TYPE.goAway, 0, 0, Buffer.concat([number(lastStream), number(code)]))
}

/** What PRIORITY frames say, and HEADERS frames with that flag before their block. */
export function dependency(on: number, weight = 255, exclusive = 0): Buffer {
  return Buffer.concat([number((on | (exclusive << 31)) >>> 0), Buffer.of(weight)])
}

export function priority(stream: number, on = 0, weight = 255, exclusive = 0): Buffer {
  return frame(TYPE.priority, 0, stream, dependency(on, weight, exclusive))
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** Types of frames (RFC 9113 section 6; PRIORITY_UPDATE: RFC 9218 section 7.1). */
export const FRAME = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goAway: 7,
  windowUpdate: 8,
  continuation: 9,
  priorityUpdate: 16,
} as const

/** Flags of frames (RFC 9113 section 6). */
export const FLAG = { endStream: 1, ack: 1, endHeaders: 4, padded: 8, priority: 32 } as const

/** Why a stream or a connection ends (RFC 9113 section 7). */
export const CODE = {
  noError: 0,
  protocolError: 1,
  internalError: 2,
  flowControlError: 3,
  streamClosed: 5,
  frameSizeError: 6,
  refusedStream: 7,
  cancel: 8,
  compressionError: 9,
  connectError: 10,
  enhanceYourCalm: 11,
} as const

/** One of `CODE`. */
export type ErrorCode = (typeof CODE)[keyof typeof CODE]

/** Bytes of a frame's own head. */
export const FRAME_HEAD = 9
/** The longest payload where nothing else was agreed, in bytes (section 6.5.2). */
export const DEFAULT_FRAME = 16_384
/** Flow control where nothing else was agreed, in bytes (section 6.9.2). */
export const DEFAULT_WINDOW = 65_535
/** The widest that a window may ever be (section 6.9.1). */
export const WIDEST_WINDOW = 0x7fff_ffff
/** Ids of streams have so many bits. */
export const STREAM_BITS = 0x7fff_ffff

/** What a client begins with (section 3.4). */
export const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'

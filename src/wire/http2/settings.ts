import type { Buffer } from 'node:buffer'
import {
  CODE,
  DEFAULT_FRAME,
  DEFAULT_WINDOW,
  FLAG,
  FRAME,
  FRAME_HEAD,
  WIDEST_WINDOW,
} from './codes.ts'
import { ConnectionFault } from './fault.ts'

/** Names of settings (RFC 9113 section 6.5.2; RFC 8441 section 3). */
const SETTING = {
  headerTableSize: 1,
  enablePush: 2,
  maxConcurrentStreams: 3,
  initialWindowSize: 4,
  maxFrameSize: 5,
  maxHeaderListSize: 6,
  enableConnectProtocol: 8,
} as const

const LONGEST_FRAME = 0xff_ffff
const ENTRY = 6

/** What a client has said of itself. */
export interface PeerSettings {
  /** Bytes that its decoder keeps of header fields. */
  tableSize: number
  /** How much of a response it takes at first, in bytes. */
  window: number
  /** The longest payload of a frame it takes, in bytes. */
  frame: number
}

/** Where a client has said nothing yet. */
export function defaultSettings(): PeerSettings {
  return { tableSize: 4096, window: DEFAULT_WINDOW, frame: DEFAULT_FRAME }
}

/** Takes over what a SETTINGS frame says. Throws a `ConnectionFault`. */
export function readSettings(bytes: Buffer, from: number, to: number, into: PeerSettings): void {
  if ((to - from) % ENTRY !== 0) {
    throw new ConnectionFault(CODE.frameSizeError, 'SETTINGS with half an entry')
  }
  for (let at = from; at < to; at += ENTRY) {
    const value = bytes.readUInt32BE(at + 2)
    switch (bytes.readUInt16BE(at)) {
      case SETTING.headerTableSize:
        into.tableSize = value
        break
      case SETTING.enablePush:
        if (value > 1) throw new ConnectionFault(CODE.protocolError, `ENABLE_PUSH of ${value}`)
        break
      case SETTING.initialWindowSize:
        if (value > WIDEST_WINDOW) {
          throw new ConnectionFault(CODE.flowControlError, `INITIAL_WINDOW_SIZE of ${value}`)
        }
        into.window = value
        break
      case SETTING.maxFrameSize:
        if (value < DEFAULT_FRAME || value > LONGEST_FRAME) {
          throw new ConnectionFault(CODE.protocolError, `MAX_FRAME_SIZE of ${value}`)
        }
        into.frame = value
        break
    }
  }
}

/** What a server says of itself. */
export interface OwnSettings {
  readonly maxConcurrentStreams: number
  /** How much of a body a client may send unasked, in bytes. */
  readonly window: number
  /** How long the fields of a request may be, in bytes as RFC 9113 counts them. */
  readonly maxHeaderListSize: number
}

/** The SETTINGS frame of a server; extended CONNECT is among what it understands. */
export function settingsFrame(own: OwnSettings): Uint8Array {
  const entries = [
    [SETTING.maxConcurrentStreams, own.maxConcurrentStreams],
    [SETTING.initialWindowSize, own.window],
    [SETTING.maxHeaderListSize, own.maxHeaderListSize],
    [SETTING.enableConnectProtocol, 1],
  ] as const
  const frame = new Uint8Array(FRAME_HEAD + entries.length * ENTRY)
  const view = new DataView(frame.buffer)
  view.setUint8(2, entries.length * ENTRY)
  view.setUint8(3, FRAME.settings)
  entries.forEach(([name, value], i) => {
    view.setUint16(FRAME_HEAD + i * ENTRY, name)
    view.setUint32(FRAME_HEAD + i * ENTRY + 2, value)
  })
  return frame
}

/** Says that a client's settings count from now on. */
export const SETTINGS_ACK = Uint8Array.of(0, 0, 0, FRAME.settings, FLAG.ack, 0, 0, 0, 0)

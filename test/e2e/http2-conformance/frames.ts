import { Buffer } from 'node:buffer'
import {
  block,
  CODE,
  continuation,
  data,
  FLAG,
  frame,
  headers,
  ping,
  priority,
  reset,
  SETTING,
  settings,
  TYPE,
  windowUpdate,
} from '../../harness/http2-frames.ts'
import {
  answered,
  type Case,
  connectionError,
  dataFrame,
  goneAway,
  pong,
  resetWith,
  settingsAck,
  streamError,
} from './expectations.ts'
import { getBlock, LONG_FIELD, OPEN_BLOCK, OPEN_STREAM, postBlock } from './requests.ts'

const GET = headers(1, getBlock())
const POST = headers(1, postBlock(), OPEN_STREAM)
const BEGUN = headers(1, getBlock(), OPEN_BLOCK)
const PROTOCOL = connectionError(CODE.protocol)
const FRAME_SIZE = connectionError(CODE.frameSize)
const FLOW_CONTROL = connectionError(CODE.flowControl)
const EIGHT = Buffer.alloc(8)
const MOST_WINDOW = 2 ** 31 - 1
const UNKNOWN_TYPE = 0x16
/** A stream identifier whose reserved bit is set. */
const RESERVED = 2 ** 31
const window = (bytes: number) => settings([SETTING.window, bytes])

/** RFC 7540, sections 4 and 6: frames, one type after another. */
export const FRAMES: readonly Case[] = [
  ['4.1', 'a frame of an unknown type', frame(UNKNOWN_TYPE, 0, 0, EIGHT), ping(), pong()],
  ['4.1', 'flags that mean nothing', frame(TYPE.ping, 0x16, 0, EIGHT), pong('\0'.repeat(8))],
  ['4.1', 'the reserved bit', frame(TYPE.ping, 0x16, RESERVED, EIGHT), pong('\0'.repeat(8))],
  [
    '4.2',
    'DATA as long as allowed',
    POST,
    ({ announced }) =>
      data(1, Buffer.alloc(announced.get(SETTING.frameSize) ?? 16_384), FLAG.endStream),
    answered(),
  ],
  [
    '4.2',
    'DATA that are longer',
    POST,
    ({ announced }) =>
      data(1, Buffer.alloc((announced.get(SETTING.frameSize) ?? 16_384) + 1), FLAG.endStream),
    streamError(CODE.frameSize),
  ],
  [
    '4.2',
    'HEADERS that are longer',
    ({ announced }) => {
      const size = announced.get(SETTING.frameSize) ?? 16_384
      const fields = Array.from({ length: Math.ceil(size / 4000) }, () => LONG_FIELD)
      return headers(1, Buffer.concat([getBlock(), ...fields]))
    },
    FRAME_SIZE,
  ],
  [
    '4.3',
    'a header block that cannot be decoded',
    frame(TYPE.headers, 5, 1, '\x40'),
    connectionError(CODE.compression),
  ],
  [
    '4.3',
    'PRIORITY within a header block',
    BEGUN,
    priority(1),
    continuation(1, LONG_FIELD),
    PROTOCOL,
  ],
  [
    '4.3',
    'HEADERS of another stream within a header block',
    BEGUN,
    headers(3, getBlock()),
    continuation(1, LONG_FIELD),
    PROTOCOL,
  ],

  ['6.1', 'DATA of stream 0', data(0, 'test', FLAG.endStream), PROTOCOL],
  [
    '6.1',
    'DATA behind the end of a stream',
    headers(1, postBlock()),
    data(1, 'test', FLAG.endStream),
    streamError(CODE.streamClosed),
  ],
  [
    '6.1',
    'DATA with more padding than payload',
    headers(1, postBlock(['content-length', '4']), OPEN_STREAM),
    data(1, '\x06Test', FLAG.padded | FLAG.endStream),
    PROTOCOL,
  ],
  [
    '6.2',
    'HEADERS without an end, then PRIORITY',
    BEGUN,
    priority(1),
    continuation(1, LONG_FIELD),
    PROTOCOL,
  ],
  [
    '6.2',
    'HEADERS without an end, then HEADERS of another stream',
    BEGUN,
    headers(3, getBlock()),
    continuation(1, LONG_FIELD),
    PROTOCOL,
  ],
  ['6.2', 'HEADERS of stream 0', headers(0, getBlock()), PROTOCOL],
  [
    '6.2',
    'HEADERS with more padding than payload',
    headers(1, Buffer.concat([Buffer.of(getBlock().length + 1), getBlock()]), 5 | FLAG.padded),
    streamError(CODE.protocol),
  ],
  ['6.3', 'PRIORITY of stream 0', priority(0), PROTOCOL],
  [
    '6.3',
    'PRIORITY of 4 bytes',
    GET,
    frame(TYPE.priority, 0, 1, '\x80\0\0\x01'),
    streamError(CODE.frameSize),
  ],
  ['6.4', 'RST_STREAM of stream 0', reset(0, CODE.cancel), PROTOCOL],
  ['6.4', 'RST_STREAM of an idle stream', reset(1, CODE.cancel), PROTOCOL],
  [
    '6.4',
    'RST_STREAM of 3 bytes',
    GET,
    frame(TYPE.reset, 0, 1, '\0\0\0'),
    streamError(CODE.frameSize),
  ],
  ['6.5', 'SETTINGS with ACK and a payload', frame(TYPE.settings, FLAG.ack, 0, '\0'), FRAME_SIZE],
  ['6.5', 'SETTINGS of a stream', frame(TYPE.settings, 0, 1, '\0\x03\0\0\0\x64'), PROTOCOL],
  [
    '6.5',
    'SETTINGS of 3 bytes',
    frame(TYPE.settings, 0, 0, '\0\x03\0'),
    streamError(CODE.protocol, CODE.frameSize),
  ],
  ['6.5.2', 'ENABLE_PUSH that is neither 0 nor 1', settings([SETTING.push, 2]), PROTOCOL],
  ['6.5.2', 'INITIAL_WINDOW_SIZE beyond the widest', window(MOST_WINDOW + 1), FLOW_CONTROL],
  ['6.5.2', 'MAX_FRAME_SIZE below the least', settings([SETTING.frameSize, 16_383]), PROTOCOL],
  ['6.5.2', 'MAX_FRAME_SIZE above the most', settings([SETTING.frameSize, 16_777_216]), PROTOCOL],
  ['6.5.2', 'a setting nobody knows', settings([0xff, 1]), ping(), pong()],
  [
    '6.5.3',
    'one setting twice',
    settings([SETTING.window, 100], [SETTING.window, 1]),
    settingsAck,
    GET,
    dataFrame(1),
  ],
  ['6.5.3', 'SETTINGS without ACK', settings([SETTING.push, 0]), settingsAck],
  ['6.7', 'PING', ping('eight by'), pong('eight by')],
  ['6.7', 'PING with ACK, which is not answered', ping('nobody..', FLAG.ack), ping(), pong()],
  ['6.7', 'PING of a stream', frame(TYPE.ping, 0, 1, EIGHT), PROTOCOL],
  ['6.7', 'PING of 6 bytes', frame(TYPE.ping, 0, 0, '\0'.repeat(6)), FRAME_SIZE],
  ['6.8', 'GOAWAY of a stream', frame(TYPE.goAway, 0, 1, EIGHT), PROTOCOL],
  ['6.9', 'WINDOW_UPDATE by 0', windowUpdate(0, 0), PROTOCOL],
  [
    '6.9',
    'WINDOW_UPDATE of a stream by 0',
    headers(1, getBlock(), OPEN_STREAM),
    windowUpdate(1, 0),
    streamError(CODE.protocol),
  ],
  ['6.9', 'WINDOW_UPDATE of 3 bytes', frame(TYPE.windowUpdate, 0, 0, '\0\0\x01'), FRAME_SIZE],
  ['6.9.1', 'a window of one byte', window(1), settingsAck, GET, dataFrame(1)],
  [
    '6.9.1',
    'a window beyond the widest',
    windowUpdate(0, MOST_WINDOW),
    windowUpdate(0, MOST_WINDOW),
    goneAway(CODE.flowControl),
  ],
  [
    '6.9.1',
    'a window of a stream beyond the widest',
    headers(1, getBlock(), OPEN_STREAM),
    windowUpdate(1, MOST_WINDOW),
    windowUpdate(1, MOST_WINDOW),
    resetWith(1, CODE.flowControl),
  ],
  [
    '6.9.2',
    'a window that is opened by SETTINGS',
    window(0),
    settingsAck,
    GET,
    window(1),
    dataFrame(1),
  ],
  [
    '6.9.2',
    'a window that is less than nothing',
    window(3),
    settingsAck,
    GET,
    dataFrame(),
    window(2),
    settingsAck,
    windowUpdate(1, 2),
    dataFrame(1),
  ],
  ['6.9.2', 'an initial window beyond the widest', window(2 ** 31), FLOW_CONTROL],
  [
    '6.10',
    'CONTINUATION twice',
    headers(1, getBlock(), FLAG.endStream),
    continuation(1, LONG_FIELD, 0),
    continuation(1, block(['x-dummy1', 'x'])),
    answered(),
  ],
  [
    '6.10',
    'CONTINUATION, then DATA',
    headers(1, postBlock(), OPEN_BLOCK),
    continuation(1, LONG_FIELD, 0),
    data(1, 'test', FLAG.endStream),
    PROTOCOL,
  ],
  [
    '6.10',
    'CONTINUATION of stream 0',
    headers(1, getBlock(), FLAG.endStream),
    continuation(0, LONG_FIELD),
    PROTOCOL,
  ],
  [
    '6.10',
    'CONTINUATION behind HEADERS that have ended',
    GET,
    continuation(1, LONG_FIELD),
    PROTOCOL,
  ],
  [
    '6.10',
    'CONTINUATION behind one that has ended',
    headers(1, getBlock(), FLAG.endStream),
    continuation(1, LONG_FIELD),
    continuation(1, LONG_FIELD),
    PROTOCOL,
  ],
  [
    '6.10',
    'CONTINUATION behind DATA',
    headers(1, postBlock(), OPEN_BLOCK),
    data(1, 'test', FLAG.endStream),
    continuation(1, LONG_FIELD, 0),
    continuation(0, LONG_FIELD),
    PROTOCOL,
  ],
]

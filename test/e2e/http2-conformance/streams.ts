import { Buffer } from 'node:buffer'
import {
  CODE,
  continuation,
  data,
  dependency,
  FLAG,
  frame,
  headers,
  PREFACE,
  ping,
  priority,
  reset,
  SETTING,
  settings,
  TYPE,
  windowUpdate,
} from '../../harness/http2-frames.ts'
import {
  type Case,
  closed,
  connectionError,
  goneAway,
  pong,
  serverSettings,
  streamEnded,
  streamError,
} from './expectations.ts'
import { getBlock, LONG_FIELD, OPEN_STREAM } from './requests.ts'

const GET = headers(1, getBlock())
const OPEN = headers(1, getBlock(), OPEN_STREAM)
const END = data(1, 'test', FLAG.endStream)
const CANCEL = reset(1, CODE.cancel)
const PROTOCOL = connectionError(CODE.protocol)
const EIGHT = Buffer.alloc(8)
const CLOSED = [CODE.streamClosed] as const
const CLOSED_OR_PROTOCOL = [CODE.streamClosed, CODE.protocol] as const
const MANY_STREAMS = 1000

/** RFC 7540, section 3.5: the beginning. Of these, nothing is sent before. */
export const PREFACES: readonly Case[] = [
  [
    'generic/1',
    'the preface',
    Buffer.from(PREFACE),
    settings([SETTING.window, 65_535]),
    serverSettings,
  ],
  [
    '3.5',
    'the preface, which is answered by SETTINGS first',
    Buffer.from(PREFACE),
    settings(),
    serverSettings,
  ],
  ['3.5', 'another preface', Buffer.from('INVALID CONNECTION PREFACE\r\n\r\n'), PROTOCOL],
]

/** RFC 7540, section 5: streams and their states. */
export const STREAMS: readonly Case[] = [
  ['5.1', 'DATA of an idle stream', END, streamError(...CLOSED_OR_PROTOCOL)],
  ['5.1', 'RST_STREAM of an idle stream', CANCEL, PROTOCOL],
  ['5.1', 'WINDOW_UPDATE of an idle stream', windowUpdate(1, 100), PROTOCOL],
  ['5.1', 'CONTINUATION of an idle stream', continuation(1, getBlock()), PROTOCOL],
  ['5.1', 'DATA behind a whole request', GET, END, streamError(...CLOSED)],
  ['5.1', 'HEADERS behind a whole request', GET, GET, streamError(...CLOSED)],
  [
    '5.1',
    'CONTINUATION behind a whole request',
    GET,
    continuation(1, getBlock()),
    streamError(...CLOSED_OR_PROTOCOL),
  ],
  ['5.1', 'DATA behind RST_STREAM', OPEN, CANCEL, END, streamError(...CLOSED)],
  ['5.1', 'HEADERS behind RST_STREAM', OPEN, CANCEL, GET, streamError(...CLOSED)],
  [
    '5.1',
    'CONTINUATION behind RST_STREAM',
    OPEN,
    CANCEL,
    continuation(1, LONG_FIELD),
    streamError(...CLOSED_OR_PROTOCOL),
  ],
  ['5.1', 'DATA of a closed stream', GET, streamEnded, END, streamError(...CLOSED)],
  ['5.1', 'HEADERS of a closed stream', GET, streamEnded, GET, connectionError(...CLOSED)],
  [
    '5.1',
    'CONTINUATION of a closed stream',
    GET,
    streamEnded,
    continuation(1, LONG_FIELD),
    connectionError(...CLOSED_OR_PROTOCOL),
  ],
  ['5.1.1', 'a stream with an even number', headers(2, getBlock()), PROTOCOL],
  [
    '5.1.1',
    'a stream with a lower number than one before',
    headers(5, getBlock()),
    headers(3, getBlock()),
    PROTOCOL,
  ],
  [
    '5.1.2',
    'one stream more than allowed',
    settings([SETTING.window, 0]),
    ({ announced }) => {
      // Nobody who announces nothing could ever pass.
      const most = announced.get(SETTING.streams) ?? MANY_STREAMS
      return Buffer.concat(
        Array.from({ length: most + 1 }, (_, i) => headers(i * 2 + 1, getBlock())),
      )
    },
    streamError(CODE.protocol, CODE.refused),
  ],
  [
    '5.3.1',
    'HEADERS that depend on themselves',
    headers(1, Buffer.concat([dependency(1), getBlock()]), 5 | FLAG.priority),
    streamError(CODE.protocol),
  ],
  ['5.3.1', 'PRIORITY of what depends on itself', priority(1, 1), streamError(CODE.protocol)],
  [
    '5.4.1',
    'an error, behind which the connection is closed',
    frame(TYPE.ping, 0, 3, EIGHT),
    closed,
  ],
  [
    '5.4.1',
    'an error, which is told by GOAWAY',
    frame(TYPE.ping, 0, 3, EIGHT),
    goneAway(CODE.protocol),
  ],
  ['5.5', 'a frame of an extension nobody knows', frame(0x16, 0, 0, EIGHT), ping(), pong()],
  [
    '5.5',
    'one within a header block',
    headers(1, getBlock(), FLAG.endStream),
    frame(0x16, 0, 0, EIGHT),
    PROTOCOL,
  ],
]

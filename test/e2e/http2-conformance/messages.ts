import { Buffer } from 'node:buffer'
import {
  block,
  CODE,
  data,
  FLAG,
  frame,
  goAway,
  headers,
  ping,
  reset,
  TYPE,
} from '../../harness/http2-frames.ts'
import { type Case, connectionError, pongOrClosed, streamError } from './expectations.ts'
import { AUTHORITY, getBlock, METHOD, OPEN_STREAM, PATH, postBlock, SCHEME } from './requests.ts'

const POST = headers(1, postBlock(), OPEN_STREAM)
const MALFORMED = streamError(CODE.protocol)
const UNKNOWN_CODE = 0xff
const bad = (section: string, sent: string, fields: Uint8Array): Case => [
  section,
  sent,
  headers(1, fields),
  MALFORMED,
]

/** RFC 7540, sections 7 and 8: error codes, and requests that are none. */
export const MESSAGES: readonly Case[] = [
  ['7', 'GOAWAY with a code nobody knows', goAway(UNKNOWN_CODE), ping(), pongOrClosed],
  ['7', 'RST_STREAM with a code nobody knows', POST, reset(1, UNKNOWN_CODE), ping(), pongOrClosed],
  [
    '8.1',
    'HEADERS behind DATA that do not end the stream',
    POST,
    data(1, 'test'),
    headers(1, block(['x-test', 'ok']), OPEN_STREAM),
    MALFORMED,
  ],
  bad('8.1.2', 'a name in upper case', getBlock(['X-TEST', 'ok'])),
  bad('8.1.2.1', 'an unknown pseudo-field', getBlock([':test', 'ok'])),
  bad('8.1.2.1', 'the pseudo-field of responses', getBlock([':status', '200'])),
  [
    '8.1.2.1',
    'a pseudo-field in trailers',
    POST,
    data(1, 'test'),
    headers(1, block([':method', 'POST'])),
    MALFORMED,
  ],
  bad(
    '8.1.2.1',
    'a pseudo-field behind another',
    block(['x-test', 'ok'], METHOD, SCHEME, PATH, AUTHORITY),
  ),
  bad('8.1.2.2', 'Connection', getBlock(['connection', 'keep-alive'])),
  bad(
    '8.1.2.2',
    'TE with more than trailers',
    getBlock(['trailers', 'test'], ['te', 'trailers, deflate']),
  ),
  bad('8.1.2.3', 'an empty :path', block(METHOD, SCHEME, [':path', ''], AUTHORITY)),
  bad('8.1.2.3', 'no :method', block(SCHEME, PATH, AUTHORITY)),
  bad('8.1.2.3', 'no :scheme', block(METHOD, PATH, AUTHORITY)),
  bad('8.1.2.3', 'no :path', block(METHOD, SCHEME, AUTHORITY)),
  bad('8.1.2.3', ':method twice', getBlock(METHOD)),
  bad('8.1.2.3', ':scheme twice', getBlock(SCHEME)),
  bad('8.1.2.3', ':path twice', getBlock(PATH)),
  [
    '8.1.2.6',
    'more DATA than announced',
    headers(1, postBlock(['content-length', '1']), OPEN_STREAM),
    data(1, 'test', FLAG.endStream),
    MALFORMED,
  ],
  [
    '8.1.2.6',
    'more DATA than announced, in two frames',
    headers(1, postBlock(['content-length', '1']), OPEN_STREAM),
    data(1, 'test'),
    data(1, 'test', FLAG.endStream),
    MALFORMED,
  ],
  [
    '8.2',
    'PUSH_PROMISE from a client',
    frame(TYPE.push, FLAG.endHeaders, 1, Buffer.concat([Buffer.of(0, 0, 0, 3), getBlock()])),
    connectionError(CODE.protocol),
  ],
]

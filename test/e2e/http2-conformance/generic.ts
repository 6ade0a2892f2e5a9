import { Buffer } from 'node:buffer'
import {
  block,
  CODE,
  continuation,
  data,
  dependency,
  FLAG,
  goAway,
  headers,
  integer,
  ping,
  priority,
  reset,
  SETTING,
  settings,
  windowUpdate,
} from '../../harness/http2-frames.ts'
import {
  answered,
  type Case,
  dataFrame,
  pong,
  pongOrClosed,
  settingsAck,
  streamEnded,
} from './expectations.ts'
import {
  AUTHORITY,
  bytes,
  getBlock,
  OPEN_STREAM,
  PATH,
  POST_METHOD,
  padded,
  postBlock,
  SCHEME,
} from './requests.ts'

const GET = headers(1, getBlock())
const POST = headers(1, postBlock(), OPEN_STREAM)
const HEAD = headers(1, block([':method', 'HEAD'], SCHEME, PATH, AUTHORITY))
const BLOCK = getBlock()
const NO_WINDOW = settings([SETTING.window, 0])
const WHOLE = FLAG.endHeaders | FLAG.endStream

/** What any server must take; each is answered as if it were nothing special. */
export const GENERIC: readonly Case[] = [
  ['2', 'PRIORITY of an idle stream', priority(1), ping(), pong()],
  ['2', 'WINDOW_UPDATE behind a whole request', NO_WINDOW, GET, windowUpdate(1, 1), dataFrame()],
  [
    '2',
    'PRIORITY behind a whole request',
    NO_WINDOW,
    GET,
    priority(1),
    windowUpdate(1, 1),
    dataFrame(),
  ],
  ['2', 'RST_STREAM behind a whole request', GET, reset(1, CODE.cancel), ping(), pongOrClosed],
  ['2', 'PRIORITY of a closed stream', GET, streamEnded, priority(1), ping(), pong()],

  ['3.1', 'one DATA frame', POST, data(1, 'test', FLAG.endStream), answered()],
  ['3.1', 'two DATA frames', POST, data(1, 'test'), data(1, 'test', FLAG.endStream), answered()],
  [
    '3.1',
    'DATA with padding',
    POST,
    data(1, padded(Buffer.from('test'), 5), FLAG.padded | FLAG.endStream),
    answered(),
  ],
  ['3.2', 'HEADERS', GET, answered()],
  ['3.2', 'HEADERS with padding', headers(1, padded(BLOCK, 8), WHOLE | FLAG.padded), answered()],
  [
    '3.2',
    'HEADERS with priority',
    headers(1, Buffer.concat([dependency(0), BLOCK]), WHOLE | FLAG.priority),
    answered(),
  ],
  ['3.3', 'PRIORITY of the least weight', priority(1, 0, 0), GET, answered()],
  ['3.3', 'PRIORITY of the greatest weight', priority(1, 0, 255), GET, answered()],
  ['3.3', 'PRIORITY with a dependency', priority(3, 1, 0), GET, answered()],
  ['3.3', 'PRIORITY that is exclusive', priority(1, 0, 0, 1), GET, answered()],
  ['3.3', 'PRIORITY of a higher stream, then HEADERS', priority(3), GET, answered()],
  [
    '3.4',
    'RST_STREAM of an open stream',
    headers(1, BLOCK, OPEN_STREAM),
    reset(1, CODE.cancel),
    ping(),
    pongOrClosed,
  ],
  [
    '3.5',
    'SETTINGS of every kind',
    settings(
      [SETTING.tableSize, 4096],
      [SETTING.push, 1],
      [SETTING.streams, 100],
      [SETTING.window, 65_535],
      [SETTING.frameSize, 16_384],
      [SETTING.listSize, 100],
    ),
    settingsAck,
  ],
  ['3.7', 'PING', ping('eight by'), pong('eight by')],
  ['3.8', 'GOAWAY', goAway(CODE.none), ping(), pongOrClosed],
  ['3.9', 'WINDOW_UPDATE of the connection', windowUpdate(0, 1), ping(), pong()],
  ['3.9', 'WINDOW_UPDATE of a stream', GET, windowUpdate(1, 1), answered()],
  [
    '3.10',
    'CONTINUATION',
    headers(1, BLOCK.subarray(0, 5), FLAG.endStream),
    continuation(1, BLOCK.subarray(5)),
    answered(),
  ],
  [
    '3.10',
    'CONTINUATION twice',
    headers(1, BLOCK.subarray(0, 5), FLAG.endStream),
    continuation(1, BLOCK.subarray(5, 10), 0),
    continuation(1, BLOCK.subarray(10)),
    answered(),
  ],

  ['4', 'a GET', GET, answered()],
  ['4', 'a HEAD', HEAD, answered()],
  ['4', 'a POST', POST, data(1, 'test', FLAG.endStream), answered()],
  [
    '4',
    'a POST with trailers',
    headers(1, block(POST_METHOD, SCHEME, PATH, AUTHORITY, ['trailer', 'x-test']), OPEN_STREAM),
    data(1, 'test'),
    headers(1, block(['x-test', 'ok'])),
    answered(),
  ],

  ...representations([
    ['an indexed field', 'ba'],
    ['a remembered literal, Huffman coded', '40 87b505b161cc5a93 849c48aca4'],
    ['a remembered literal', '40 0a757365722d6167656e74 066832737065 63'],
    ['a remembered literal with a new name', '40 06782d74657374 066832737065 63'],
    ['a remembered literal with a new name, Huffman coded', '40 85f2b24a84ff 849c48aca4'],
    ['a literal', '00 0a757365722d6167656e74 066832737065 63'],
    ['a literal, Huffman coded', '00 87b505b161cc5a93 849c48aca4'],
    ['a literal with a new name', '00 06782d74657374 066832737065 63'],
    ['a literal with a new name, Huffman coded', '00 85f2b24a84ff 849c48aca4'],
    ['a secret literal', '10 0a757365722d6167656e74 066832737065 63'],
    ['a secret literal, Huffman coded', '10 87b505b161cc5a93 849c48aca4'],
    ['a secret literal with a new name', '10 06782d74657374 066832737065 63'],
    ['a secret literal with a new name, Huffman coded', '10 85f2b24a84ff 849c48aca4'],
  ]),
  [
    '5',
    'a change of the size of the table',
    headers(1, Buffer.concat([integer(31, 128, 32), BLOCK])),
    answered(),
  ],
  [
    '5',
    'two changes of the size of the table',
    headers(1, Buffer.concat([integer(31, 128, 32), integer(31, 4096, 32), BLOCK])),
    answered(),
  ],
]

/** Ways to represent a field, each in a request. */
function representations(ways: readonly (readonly [name: string, hex: string])[]): Case[] {
  return ways.map(([name, hex]) => [
    '5',
    name,
    headers(1, Buffer.concat([BLOCK, bytes(hex)])),
    answered(),
  ])
}

import { gzipSync } from 'node:zlib'
import { GATEWAY_FIELDS } from '../../../../sandbox/border/gateway-fields.ts'
import { FETCHED, RESPONSE, STREAMED } from '../../../../sandbox/border/messages.ts'
import {
  BodyOp,
  CompressionOp,
  CryptoOp,
  FetchOp,
  HtmlOp,
  KvOp,
  Op,
  RequestOp,
  TextOp,
  UrlOp,
} from '../../../../sandbox/border/ops.ts'
import { type Arguments, SUBTLE_CALLS } from './subtle-calls.ts'

const BYTES = new Uint8Array([104, 105, 0xff, 0])
const FORM = Buffer.from(
  '--b\r\nContent-Disposition: form-data; name="a"; filename="f"\r\n\r\nx\r\n--b--\r\n',
)
const HTML = Buffer.from(
  '<!DOCTYPE html><p class="a" id=b>text<!-- c --><br/>é</p><script>x</script><svg><a href="#"/></svg>',
)
const SPEC = JSON.stringify({
  selectors: [
    { selector: 'p.a', element: true, text: true, comments: true },
    { selector: '*', element: true },
    { selector: 'p > br', element: true },
  ],
  document: { doctype: true, comments: true, text: true, end: true },
})
const HEAD = 'POST\nhttp://api.example/p?q=1\nfollow\nx-a\n1\ncontent-type\ntext/plain'
const MESSAGES: readonly Arguments[] = [[0], [RESPONSE], [2], [3], [FETCHED + 1], [FETCHED + 2]]
const STREAMS: readonly Arguments[] = [[1], [2], [3]]
const NOTHING: readonly Arguments[] = [[]]
const ERROR: readonly Arguments[] = [['TypeError', 'message', 'at x (script.ts:1:1)']]

/** Calls in order, by op. Every op there is has some. */
export const RIGHT_CALLS: ReadonlyMap<number, readonly Arguments[]> = new Map([
  [
    Op.out,
    [
      [200, 'content-type\ntext/plain', 'body'],
      [204, '', undefined],
      [200, 'x-a\n1\nx-b\n2', BYTES],
      [200, RESPONSE, RESPONSE],
      [200, '', STREAMED],
    ],
  ],
  [Op.fail, ERROR],
  [
    Op.log,
    [
      ['info', 'text'],
      ['error', 'a\nb'],
    ],
  ],
  [Op.none, NOTHING],
  [Op.value, [['found'], [undefined]]],
  [
    Op.rewrite,
    [
      [HEAD, 'body'],
      [HEAD, 0],
    ],
  ],
  [Op.hold, NOTHING],
  [Op.release, NOTHING],
  [
    Op.timer,
    [
      [0, 1],
      [5, 2],
      [2 ** 40, 3],
    ],
  ],
  [Op.timerStop, STREAMS],
  [Op.elapsed, NOTHING],
  [Op.passThrough, NOTHING],
  [Op.part, [['streams'], ['subtle'], ['none']]],
  [Op.report, ERROR],
  [Op.bindings, NOTHING],
  [Op.hooks, [['fetch', 'a,b']]],
  [
    RequestOp.header,
    [
      [0, 'host'],
      [RESPONSE, 'content-type'],
      [2, 'x-inner'],
    ],
  ],
  [RequestOp.headerLines, MESSAGES],
  [RequestOp.method, NOTHING],
  [RequestOp.url, NOTHING],
  [RequestOp.gateway, GATEWAY_FIELDS.map((field) => [field])],
  [RequestOp.statusText, MESSAGES],
  [RequestOp.next, [[undefined], [HEAD, 'body'], [HEAD, 2]]],
  [RequestOp.upstream, [['api']]],
  [RequestOp.clientGone, NOTHING],
  [BodyOp.text, MESSAGES],
  [BodyOp.bytes, MESSAGES],
  [BodyOp.read, MESSAGES],
  [BodyOp.cancel, MESSAGES],
  [BodyOp.tee, MESSAGES],
  [BodyOp.has, MESSAGES],
  [BodyOp.write, [[BYTES]]],
  [BodyOp.end, NOTHING],
  [BodyOp.fail, ERROR],
  [
    BodyOp.multipart,
    [
      ['b', FORM],
      ['x'.repeat(70), FORM],
    ],
  ],
  [UrlOp.parse, [['http://a.example/b?c#d'], ['../x', 'http://a.example/b/c']]],
  [
    UrlOp.set,
    [
      ['http://a.example/', 'host', 'b:1'],
      ['http://a.example/', 'href', 'http://c/'],
    ],
  ],
  [TextOp.encode, [['text é']]],
  [
    TextOp.decode,
    [
      ['utf-8', BYTES, 'fatal'],
      ['gbk', BYTES, 'replace'],
      ['latin1', BYTES, 'fatal'],
    ],
  ],
  [TextOp.encodingName, [['utf8'], [' SJIS ']]],
  [TextOp.btoa, [['abc']]],
  [
    TextOp.badField,
    [
      ['a\nb', 2],
      ['a b\nc', 2],
      ['', 0],
    ],
  ],
  [TextOp.atob, [['YWJj'], ['YQ=='], ['a']]],
  [CompressionOp.open, [['compress gzip'], ['decompress gzip'], ['decompress deflate-raw']]],
  [
    CompressionOp.push,
    [
      [1, BYTES],
      [2, gzipSync('x')],
      [2, undefined],
      [1, undefined],
    ],
  ],
  [CompressionOp.pull, STREAMS],
  [CompressionOp.close, STREAMS],
  [CryptoOp.randomBytes, [[16], [65_536]]],
  [CryptoOp.randomUuid, NOTHING],
  [CryptoOp.subtle, SUBTLE_CALLS],
  [
    FetchOp.open,
    [
      [HEAD, BYTES, 0],
      [HEAD, 'stream', 0],
      ['GET\nhttp://no.example/\nerror', undefined, 0],
    ],
  ],
  [FetchOp.send, STREAMS],
  [
    FetchOp.write,
    [
      [1, BYTES],
      [2, BYTES],
      [2, undefined],
    ],
  ],
  [FetchOp.read, STREAMS],
  [FetchOp.abort, STREAMS],
  [
    KvOp.get,
    [
      [0, 'key', 'text'],
      [0, 'key', 'bytes'],
    ],
  ],
  [
    KvOp.put,
    [
      [0, '\n\n\nkey', 'value'],
      [0, '\n60\n{"a":1}\nkey', BYTES],
      [0, '1e9\n\n\nk', ''],
    ],
  ],
  [KvOp.delete, [[0, 'key']]],
  [
    KvOp.list,
    [
      [0, '10\n\n'],
      [0, '1000\na2V5\nk'],
    ],
  ],
  [HtmlOp.open, [[SPEC]]],
  [
    HtmlOp.push,
    [
      [1, HTML],
      [1, undefined],
      [2, HTML],
    ],
  ],
  [HtmlOp.next, STREAMS],
  [HtmlOp.output, STREAMS],
  [HtmlOp.close, STREAMS],
  [
    HtmlOp.insert,
    [
      [1, 'before html', '<b>'],
      [1, 'inner text', '<b>'],
      [2, 'append html', 'x'],
    ],
  ],
  [
    HtmlOp.remove,
    [
      [1, 'all'],
      [1, 'tags'],
    ],
  ],
  [HtmlOp.rewrite, [[1, 'text']]],
  [HtmlOp.attributes, STREAMS],
  [HtmlOp.attribute, [[1, 'class']]],
  [HtmlOp.setAttribute, [[1, 'class', 'b"c']]],
  [HtmlOp.removeAttribute, [[1, 'class']]],
  [HtmlOp.rename, [[1, 'div']]],
  [HtmlOp.wantEnd, STREAMS],
  [HtmlOp.checkSelector, [['p > a[href]'], ['a:not(.b), *']]],
])

/**
 * Numbers of what a guest may ask its host, grouped by family; guest and host import this table. The
 * comment on each op says `(arguments) → answer`. An op answers at once, or "later": by a ticket
 * then, so no op that may answer later ever answers a number now. A `message` is a handle, see
 * messages.ts; `lines` are header fields, see lines.ts.
 *
 * 0–15 run control · 16–63 request · 64–95 response and body streams · 96–127 url ·
 * 128–159 encoding and compression · 160–191 crypto · 192–223 fetch · 224–255 kv ·
 * 256–287 html rewriting · 320–383 plugin records · others are free.
 */
export const Op = {
  /** (status, lines | message, text | bytes | message | STREAMED | undefined): the answer. */
  out: 0,
  /** (name, message, stack): an error nobody in the guest caught ends the run. */
  fail: 1,
  /** (level, text): one line for the log. */
  log: 2,
  /** (): the hook ended without an answer. */
  none: 3,
  /** (text | undefined): what a `variables` or `balance` hook found. */
  value: 4,
  /** (head, body) → now or later undefined: the request a `request` hook wants; as for `RequestOp.next`. */
  rewrite: 5,
  /** (): background work of `waitUntil` has begun; the run outlives its answer. */
  hold: 6,
  /** (): all background work has ended. */
  release: 7,
  /** (milliseconds, timer) → later undefined; the guest numbers its timers. */
  timer: 8,
  /** (timer): it is not wanted any more. */
  timerStop: 9,
  /** () → whole milliseconds since the run began. */
  elapsed: 10,
  /** (): an error of this hook is the location's handler's to answer. */
  passThrough: 11,
  /** (name) → source of a part of the web API that is not in this image. */
  part: 12,
  /** (name, message, stack): an error nobody waited for; it ends nothing. */
  report: 13,
  /** () → what `env` holds, JSON; asked once, while the script is loaded. See bindings.ts. */
  bindings: 14,
  /** (names, names): the hooks and the variables the script has, commas between them. */
  hooks: 15,
} as const

/** The first op that does not belong to run control. */
export const FIRST_FREE_OP = 16

/** Requests, and the messages that answer them (16–63). */
export const RequestOp = {
  /** (message, name) → the values of that field, joined; undefined without it. */
  header: 16,
  /** (message) → lines. */
  headerLines: 17,
  /** () → the method of the client's request. */
  method: 18,
  /** () → its URL, serialized. */
  url: 19,
  /** (field) → what the gateway knows of it; see gateway-fields.ts. */
  gateway: 20,
  /** (message) → its reason phrase. */
  statusText: 21,
  /** (head, text | bytes | message | undefined) → later, a packed message: what the handler answers. */
  next: 22,
  /** (name): the upstream this request goes to. */
  upstream: 23,
  /** () → later undefined, once the client has gone. */
  clientGone: 24,
} as const

/** Bodies both ways (64–95). */
export const BodyOp = {
  /** (message) → now or later, the rest as text. */
  text: 64,
  /** (message) → now or later, the rest. */
  bytes: 65,
  /** (message) → now or later, a chunk; undefined at the end. */
  read: 66,
  /** (message): the rest is not wanted. */
  cancel: 67,
  /** (message) → a further message with the same body, so that both can be read. */
  tee: 68,
  /** (message) → '1' if it has a body, else ''. */
  has: 69,
  /** (bytes) → now or later undefined: a chunk of the streamed answer. */
  write: 72,
  /** (): the streamed answer is whole. */
  end: 73,
  /** (name, message, stack): the streamed answer broke. */
  fail: 74,
  /** (boundary, bytes) → the parts of a form, see form-part.ts. */
  multipart: 80,
} as const

/** URLs (96–127). */
export const UrlOp = {
  /** (url, base | undefined) → pieces, see url-pieces.ts; undefined where it is none. */
  parse: 96,
  /** (href, piece, value) → pieces. */
  set: 97,
} as const

/** Texts and bytes (128–135). */
export const TextOp = {
  /** (text) → UTF-8, lone surrogates replaced. */
  encode: 128,
  /** (encoding, bytes, 'fatal' | 'replace') → text; a byte order mark stays. */
  decode: 129,
  /** (label) → the encoding's name; undefined for none. */
  encodingName: 130,
  /** (text, each character a byte) → base64. */
  btoa: 131,
  /** (base64) → text, each character a byte; undefined where it is none. */
  atob: 132,
  /** (lines, count) → undefined where each is as it may cross, else the first line of a bad field. */
  badField: 133,
} as const

/** Compression (136–159). */
export const CompressionOp = {
  /** ('compress gzip', or `decompress` and `deflate`, `deflate-raw`) → the stream's number. */
  open: 136,
  /** (stream, bytes | undefined): a piece goes in; undefined is the end. Then pull until nothing comes. */
  push: 137,
  /** (stream) → later, a piece of what comes out; undefined once there is no more for now. */
  pull: 138,
  /** (stream): it is not wanted any more, or has ended. */
  close: 139,
} as const

/** Crypto (160–191). */
export const CryptoOp = {
  /** (count) → random bytes. */
  randomBytes: 160,
  /** () → a UUID, version 4. */
  randomUuid: 161,
  /** (JSON, bytes, bytes) → now or later, bytes or text; see crypto/request.ts. */
  subtle: 164,
} as const

/** Fetch (192–223). */
export const FetchOp = {
  /** (head, bytes | message | 'stream' | undefined, fetcher) → its number; nothing is sent yet. */
  open: 192,
  /** (fetch) → later, the head of the answer. */
  send: 193,
  /** (fetch, bytes | undefined) → later undefined, once taken; undefined ends the body. */
  write: 194,
  /** (fetch) → later, a chunk of the answer; undefined at the end. */
  read: 195,
  /** (fetch): it and its answer are not wanted any more. */
  abort: 196,
} as const

/** Key-value namespaces (224–255). `namespace` is the number of a binding. */
export const KvOp = {
  /** (namespace, key, 'text' | 'bytes') → now or later, metadata, a line feed, value; undefined. */
  get: 224,
  /** (namespace, `expiration\nttl\nmetadata\nkey`, text | bytes) → now or later undefined. */
  put: 225,
  /** (namespace, key) → now or later undefined. */
  delete: 226,
  /** (namespace, `limit\ncursor\nprefix`) → JSON of a page; the metadata in it are JSON in texts. */
  list: 227,
} as const

/** HTML rewriting (256–287). A change is of what the last event was about. */
export const HtmlOp = {
  /** (JSON of a RewriterSpec) → the rewriter's number. */
  open: 256,
  /** (rewriter, bytes | undefined): a piece goes in; undefined is the end. */
  push: 257,
  /** (rewriter) → JSON of an HtmlEvent; undefined once what was put in is used up. */
  next: 258,
  /** (rewriter) → bytes: what has become final. */
  output: 259,
  /** (rewriter): it has ended, or is not wanted any more. */
  close: 260,
  /** (rewriter, `place html` | `place text`, content); places are those of edits.ts. */
  insert: 261,
  /** (rewriter, 'all' | 'tags'): away with it, or with its tags only. */
  remove: 262,
  /** (rewriter, text): a comment's text, or an end tag's name. */
  rewrite: 263,
  /** (rewriter) → JSON of the element's attributes, names and values in turns. */
  attributes: 264,
  /** (rewriter, name) → its value, or undefined. */
  attribute: 265,
  /** (rewriter, name, value). */
  setAttribute: 266,
  /** (rewriter, name). */
  removeAttribute: 267,
  /** (rewriter, name): both tags of the element. */
  rename: 268,
  /** (rewriter): there shall be an event for the element's end tag. */
  wantEnd: 269,
  /** (selector): refuses one that is none; also while a script is loaded. */
  checkSelector: 270,
} as const

/**
 * Plugin records (320–383), see adapter.ts. While one is loaded or reads directives, an `entry` is an
 * occurrence of a directive by its number, or a line of its block: `3`, `3:1`.
 */
export const RecordOp = {
  /** () → JSON of what the record is loaded for. */
  given: 320,
  /** (JSON): what the record declares. */
  described: 321,
  /** (entry, text) → JSON: the number of a template, and its whole value where that is constant. */
  template: 322,
  /** (entry, name) → the number of a variable. */
  variable: 323,
  /** (entry, source, flags) → JSON: source and flags as the language has them. */
  regex: 324,
  /** (entry, name, 'remembered' | 'volatile'): the record computes the variable of this name. */
  define: 325,
  /** (entry, text). */
  warn: 326,
  /** (entry, text, hint): the directive is refused; this ends the run. */
  refuse: 327,
  /** (question, text) → what a place answers: `scope`, `name`, `configured`, `warn`, `fail`. */
  place: 328,
  /** (name) → a fact of the exchange; undefined where there is none. */
  fact: 336,
  /** () → the request's fields as lines, as they came. */
  headers: 337,
  /** () → the response's head, JSON; undefined before there is one. */
  head: 338,
  /** (name) → a setting of the location, JSON. */
  setting: 339,
  /** (number) → the value of a variable or template for this exchange. */
  value: 340,
  /** (name) → a text kept for the client's request. */
  recall: 341,
  /** (name, text). */
  remember: 342,
  /** (JSON of groups, JSON of named groups | undefined): what `$1` and the like stand for now. */
  capture: 343,
  /** () → later, the request's body. */
  body: 344,
  /** (target, method) → later, the answer: its head, JSON, a line feed, its body. */
  subrequest: 345,
  /** (head, text | bytes): the answer. */
  respond: 352,
  /** (status, head | undefined): the answer is this status. */
  finish: 353,
  /** (head): an answer, or what a filter passes on, begins. */
  open: 354,
  /** (bytes) → later undefined, once there is room for more. */
  write: 355,
  /** (trailers, JSON | undefined): it is whole. */
  end: 356,
  /** (text): it broke. */
  break: 357,
  /** (): the filter wants the body. */
  take: 358,
  /** () → later, a chunk of it; undefined at the end. */
  chunk: 359,
  /** (peer, tried) → '1' if it may be asked, else ''. `tried` are numbers with commas between. */
  usable: 368,
  /** (peer) → how many requests it has under way. */
  active: 369,
  /** (peers | undefined, tried) → whose turn it is among these, or by the default balancer. */
  turn: 370,
} as const

/** The ops that the code around a plugin record may use. */
export const RECORD_OPS = { first: 320, last: 383 } as const

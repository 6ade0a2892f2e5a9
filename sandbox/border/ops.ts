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
  /** (head, bytes | 'stream' | undefined, fetcher) → the fetch's number; nothing is sent yet. */
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
} as const

import type { RequestOptions, ResponseOptions } from '../../src/testing/index.ts'

/** What is done with a plugin of this folder, and what comes of it. */
export interface Sample {
  readonly directives?: Readonly<Record<string, string>>
  readonly request?: RequestOptions
  /** For filters: what is poured through them. */
  readonly response?: ResponseOptions
  readonly status: number
  readonly text?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly log?: string
}

/** By group and name, in the order in which they are told. */
export const SAMPLES: Readonly<Record<string, Readonly<Record<string, Sample>>>> = {
  phases: {
    postRead: { request: { version: 10 }, status: 505 },
    serverRewrite: { request: { target: '/de/shop' }, status: 200, text: '/shop' },
    rewrite: { request: { target: '/old/a' }, status: 200, text: '/new/a' },
    preaccess: {
      directives: { largest_upload: '1k' },
      request: { method: 'POST', headers: { 'Content-Length': '2000' } },
      status: 413,
    },
    access: { directives: { word: 'sesame' }, request: {}, status: 403 },
    precontent: { directives: { closed: 'on' }, status: 503, text: 'closed\n' },
    content: {
      directives: { say: '"hello $arg_name"' },
      request: { target: '/?name=Ann' },
      status: 200,
      text: 'hello Ann',
    },
    log: { request: { target: '/a' }, status: 200, log: 'info: GET /a was answered 200' },
  },
  verdicts: {
    next: { request: { target: '/yours' }, status: 404 },
    pass: { request: { client: { address: '10.0.0.7' } }, status: 200, text: 'inside' },
    rerun: { request: { target: '/s' }, status: 200, text: '/a/long/path' },
    done: { status: 200, text: 'one two three' },
    status: { request: { target: '/gone' }, status: 410 },
  },
  stages: {
    receive: {
      response: { fields: { 'X-Internal': 'cost=3' }, body: 'hello' },
      status: 200,
      text: 'hello',
      headers: { 'x-internal': '' },
    },
    store: { response: { body: 'hello' }, status: 200, text: 'hello', log: 'info: 5 bytes' },
    edit: { response: { type: 'text/plain', body: 'hello' }, status: 200, text: 'HELLO' },
    encode: {
      request: { headers: { 'Accept-Encoding': 'x-hex' } },
      response: { body: 'hi' },
      status: 200,
      text: '6869',
      headers: { 'content-encoding': 'x-hex' },
    },
    slice: {
      directives: { preview: '3' },
      response: { body: 'hello' },
      status: 200,
      text: 'hel',
    },
  },
  types: {
    foreignTarget: {
      request: { headers: { 'X-Lead-To': '/a/../b' } },
      status: 400,
      log: 'error: unsafe URI "/a/../b" was detected',
    },
    settings: { status: 200, text: '1048576 true' },
  },
}

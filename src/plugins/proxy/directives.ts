import {
  directive,
  dynamicSize,
  type Entry,
  flag,
  NEXT_CONDITIONS,
  type NextCondition,
  number,
  oneOf,
  readBind,
  readNumber,
  readSize,
  size,
  type Template,
  template,
  tempPath,
  time,
} from 'gateway/plugin'
import { cookieFlags } from './cookie-flags.ts'
import { cookieDomain, cookiePath } from './cookie-rules.ts'
import { ignoreHeaders } from './ignore-headers.ts'
import { method } from './method.ts'
import { type ProxyPass, readProxyPass } from './proxy-pass.ts'
import { readProxyRedirect } from './proxy-redirect.ts'
import { tlsDirectives } from './tls-directives.ts'
import type { ValueRule } from './value-rule.ts'

const scopes = ['http', 'server', 'location'] as const

/** A field that is set in requests to a peer; an empty value leaves the field out. */
export interface SetHeader {
  readonly name: string
  readonly value: Template
}

function names(doc: string) {
  return directive<readonly string[]>({
    in: scopes,
    default: [],
    doc,
    usage: 'field',
    min: 1,
    max: 1,
    repeat: true,
    read: (entry, before = []) => [...before, entry.args[0] ?? ''],
  })
}

function readSetHeader(entry: Entry, before: readonly SetHeader[] = []): readonly SetHeader[] {
  const [name = '', text = ''] = entry.args
  const framing = /^(content-length|transfer-encoding)$/i.test(name)
  if (framing && text !== '') entry.fail(`"${name}" is made by the gateway and cannot be set`)
  if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name)) entry.fail(`"${name}" is not a field name`)
  return [...before, { name, value: entry.template(text) }]
}

function readNext(entry: Entry): ReadonlySet<NextCondition> {
  const { args } = entry
  if (args.includes('off')) {
    return args.length === 1 ? new Set() : entry.fail('"off" stands with other conditions')
  }
  const known = new Set<string>(NEXT_CONDITIONS)
  for (const word of args) {
    if (!known.has(word)) entry.fail(`unknown condition "${word}"`, NEXT_CONDITIONS.join(', '))
  }
  return new Set(args as NextCondition[])
}

/** Directives of the proxy, with nginx's names, defaults and inheritance. */
export const directives = {
  proxy_pass: directive<ProxyPass | undefined>({
    in: ['location', 'if', 'limit_except'],
    default: undefined,
    doc: 'Passes requests to an HTTP server or upstream. With a URI, that replaces the part of the request that matched the location; with variables, it is passed as it comes out.',
    usage: 'URL',
    min: 1,
    max: 1,
    inherits: 'never',
    claims: 'content',
    read: readProxyPass,
  }),
  proxy_set_header: directive<readonly SetHeader[]>({
    in: scopes,
    default: [],
    doc: 'Sets a field of requests to the peer; an empty value leaves it out. By default Host is $proxy_host. Written in a block, these replace the ones from above.',
    usage: 'field value',
    min: 2,
    max: 2,
    kind: 'template',
    repeat: true,
    read: readSetHeader,
  }),
  proxy_method: method,
  proxy_set_body: template({
    in: scopes,
    default: undefined,
    usage: 'value',
    doc: 'The body of requests to the peer, instead of the one of the client.',
  }),
  proxy_pass_request_body: flag({
    in: scopes,
    default: true,
    doc: 'Whether the body of the client is passed on. Without it the request has none, and says so.',
  }),
  proxy_pass_request_headers: flag({
    in: scopes,
    default: true,
    doc: 'Whether the fields of the client are passed on. Those of proxy_set_header are in any case.',
  }),
  proxy_hide_header: names('A field of responses that is not passed to clients.'),
  proxy_pass_header: names('A field of responses that is passed although it is hidden by default.'),
  proxy_ignore_headers: ignoreHeaders,
  proxy_bind: directive({
    in: scopes,
    default: undefined,
    doc: 'The address of this machine that connections to peers come from, with a port if need be; off leaves it to the system. May hold variables: an empty text is off.',
    usage: 'address | off',
    min: 1,
    max: 2,
    kind: 'template',
    read: readBind,
  }),
  proxy_socket_keepalive: flag({
    in: scopes,
    default: false,
    doc: 'Whether the system probes a connection to a peer that was silent for two hours (SO_KEEPALIVE).',
  }),
  proxy_pass_trailers: flag({
    in: scopes,
    default: false,
    doc: 'Whether trailer fields of a chunked response are passed to clients, except those that proxy_hide_header hides and those that no trailer may have.',
  }),
  proxy_http_version: oneOf(['1.0', '1.1'], {
    in: scopes,
    default: '1.1',
    doc: 'HTTP version of requests to peers. Connections are kept with 1.1.',
  }),
  proxy_buffering: flag({
    in: scopes,
    default: true,
    doc: 'Whether a response may wait here for a client that is slow, so that the peer need not; and small pieces of it for each other. off sends each piece on as it comes.',
  }),
  proxy_buffers: directive({
    in: scopes,
    default: { count: 8, size: 4096 },
    doc: 'How much of a response waits in memory for a slow client: so many buffers of this size.',
    usage: 'number size',
    min: 2,
    max: 2,
    read: (entry) => ({
      count: readNumber(entry, entry.args[0] ?? ''),
      size: readSize(entry, entry.args[1] ?? ''),
    }),
  }),
  proxy_busy_buffers_size: size({
    in: scopes,
    default: 65_536,
    doc: 'How much of what waits for a slow client is given to it at once.',
  }),
  proxy_max_temp_file_size: size({
    in: scopes,
    default: 2 ** 30,
    doc: 'How much of a response waits in a temporary file once proxy_buffers are full; then the peer is read only as fast as the client. 0 uses no file.',
  }),
  proxy_temp_file_write_size: size({
    in: scopes,
    default: 8192,
    doc: 'Accepted and checked, without effect: what waits in memory is written at once.',
    idle: 'what waits in memory is written at once',
  }),
  proxy_temp_path: tempPath({
    in: scopes,
    default: 'proxy_temp',
    doc: 'The folder for temporary files of responses, relative to the prefix, and how many digits of their names its levels of folders have.',
  }),
  proxy_limit_rate: dynamicSize({
    in: scopes,
    doc: 'Bytes of a body a second that are read from a peer, while proxy_buffering is on; 0 for no limit. May hold variables.',
  }),
  proxy_force_ranges: flag({
    in: scopes,
    default: false,
    doc: 'Whether byte ranges of responses are served, whatever Accept-Ranges of the peer says.',
  }),
  proxy_request_buffering: flag({
    in: scopes,
    default: true,
    doc: 'Whether all of a request body is read before a peer is asked, what does not fit into client_body_buffer_size into a temporary file; it can then be sent to another peer. off streams it.',
  }),
  proxy_redirect: directive<readonly ValueRule[] | 'default'>({
    in: scopes,
    default: 'default',
    doc: 'How Location and Refresh of responses are changed: a prefix or ~regex and its replacement, default for what proxy_pass replaced, or off.',
    usage: 'default | off | redirect replacement',
    min: 1,
    max: 2,
    repeat: true,
    read: readProxyRedirect,
  }),
  proxy_cookie_domain: cookieDomain,
  proxy_cookie_path: cookiePath,
  proxy_cookie_flags: cookieFlags,
  proxy_intercept_errors: flag({
    in: scopes,
    default: false,
    doc: 'Whether responses with a status from 300 on are replaced by their error_page, where there is one.',
  }),
  proxy_ignore_client_abort: flag({
    in: scopes,
    default: false,
    doc: 'Whether a request to a peer goes on when the client has left.',
  }),
  proxy_next_upstream: directive<ReadonlySet<NextCondition>>({
    in: scopes,
    default: new Set(['error', 'timeout']),
    doc: 'When a request is passed to the next peer. A request that is not idempotent and was sent goes on only with non_idempotent.',
    usage: `${NEXT_CONDITIONS.join(' | ')} | off ...`,
    min: 1,
    max: NEXT_CONDITIONS.length,
    kind: 'enum',
    words: [...NEXT_CONDITIONS, 'off'],
    read: readNext,
  }),
  proxy_next_upstream_tries: number({
    in: scopes,
    default: 0,
    doc: 'How many peers one request may be passed to; 0 for all.',
  }),
  proxy_next_upstream_timeout: time({
    in: scopes,
    default: 0,
    doc: 'How long a request may be passed to further peers; 0 for no limit.',
  }),
  proxy_connect_timeout: time({
    in: scopes,
    default: 60_000,
    doc: 'The longest time it may take to connect to a peer.',
  }),
  proxy_send_timeout: time({
    in: scopes,
    default: 60_000,
    doc: 'The longest pause between two writes to a peer.',
  }),
  proxy_read_timeout: time({
    in: scopes,
    default: 60_000,
    doc: 'The longest pause between two reads from a peer.',
  }),
  proxy_buffer_size: size({
    in: scopes,
    default: 4096,
    doc: 'The largest response head a peer may send.',
  }),
  ...tlsDirectives,
} as const

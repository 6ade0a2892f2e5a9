import type { ConfigOf } from '../directive/directive.ts'
import {
  directive,
  flag,
  number,
  oneOf,
  readNumber,
  readSize,
  readTime,
  size,
  text,
  time,
} from '../directive/readers.ts'
import type { Template } from '../variable/template.ts'
import { disableSymlinks } from './disable-symlinks.ts'
import { errorLogDirective } from './error-log.ts'
import { errorPage } from './error-page.ts'
import { rootDirectives } from './root.ts'
import { serverIdentity } from './server-identity.ts'
import { tempPath } from './temp-path.ts'
import { types } from './types.ts'

const scopes = ['http', 'server', 'location'] as const

/** A frame of the size that every client takes (RFC 9113 section 6.5.2). */
const LARGEST_CHUNK = 16_384

/** The kernel's own directives that may differ from location to location. */
export const locationDirectives = {
  ...rootDirectives,
  internal: directive({
    in: ['location'],
    default: false,
    doc: 'The location answers internal redirects and subrequests only; others get 404.',
    usage: '',
    min: 0,
    max: 1,
    kind: 'flag',
    inherits: 'never',
    read: (entry) => entry.args[0] !== 'off',
  }),
  disable_symlinks: disableSymlinks,
  etag: flag({
    in: scopes,
    default: true,
    doc: 'Whether files get an ETag, made from the time of their last change and their size.',
  }),
  default_type: text({
    in: scopes,
    default: 'text/plain',
    usage: 'mime-type',
    doc: 'The MIME type of a response whose file name has no known extension.',
  }),
  types,
  error_page: errorPage,
  recursive_error_pages: flag({
    in: scopes,
    default: false,
    doc: 'Whether an error page that fails has an error page, too; else the built-in one is shown.',
  }),
  error_log: errorLogDirective,
  satisfy: oneOf(['all', 'any'], {
    in: scopes,
    default: 'all',
    doc: 'Whether every access check must allow a request, or one is enough.',
  }),
  auth_delay: time({
    in: scopes,
    default: 0,
    doc: 'How much later an access check answers 401, so that passwords cannot be tried quickly.',
  }),
  client_max_body_size: size({
    in: scopes,
    default: 2 ** 20,
    doc: 'The largest request body accepted (413 above it); 0 means no limit.',
  }),
  client_body_buffer_size: size({
    in: scopes,
    default: 16_384,
    doc: 'How much of a request body is held in memory; a longer one that is to be there as a whole goes to a temporary file.',
  }),
  client_body_temp_path: tempPath({
    in: scopes,
    default: 'client_body_temp',
    doc: 'The folder for temporary files of request bodies, relative to the prefix, and how many digits of their names its levels of folders have.',
  }),
  client_body_in_file_only: oneOf(['on', 'clean', 'off'], {
    in: scopes,
    default: 'off',
    doc: 'Whether every request body that is collected for a peer goes to a file: clean removes it after the request, on leaves it there.',
  }),
  client_body_in_single_buffer: flag({
    in: scopes,
    default: false,
    doc: 'Accepted and without effect: a request body in memory is always one piece.',
    idle: 'a request body in memory is always one piece',
  }),
  client_body_timeout: time({
    in: scopes,
    default: 60_000,
    doc: 'The longest pause between two reads of a request body (408 after it).',
  }),
  send_timeout: time({
    in: scopes,
    default: 60_000,
    doc: 'The longest pause between two writes to the client; then the connection is closed.',
  }),
  keepalive_timeout: directive({
    in: scopes,
    default: { idle: 75_000, header: undefined as number | undefined },
    doc: 'How long an idle keep-alive connection stays open (0 closes it after each response); the second value goes into the Keep-Alive header.',
    usage: 'timeout [header_timeout]',
    min: 1,
    max: 2,
    kind: 'time',
    read: (entry) => ({
      idle: readTime(entry, entry.args[0] ?? ''),
      header: entry.args[1] === undefined ? undefined : readTime(entry, entry.args[1]),
    }),
  }),
  keepalive_min_timeout: time({
    in: scopes,
    default: 1000,
    doc: 'How long an idle keep-alive connection is kept at least when a worker drains or slots run out, so that a request on its way is still answered.',
  }),
  keepalive_requests: number({
    in: scopes,
    default: 1000,
    doc: 'How many requests one keep-alive connection may carry.',
  }),
  keepalive_time: time({
    in: scopes,
    default: 3_600_000,
    doc: 'After this time a keep-alive connection is closed with its next response.',
  }),
  lingering_close: oneOf(['on', 'off', 'always'], {
    in: scopes,
    default: 'on',
    doc: 'Whether a connection closed early is read on for a while, so that the client gets the whole response.',
  }),
  lingering_time: time({
    in: scopes,
    default: 30_000,
    doc: 'The longest time unread data of a client is read and ignored.',
  }),
  lingering_timeout: time({
    in: scopes,
    default: 5000,
    doc: 'The longest pause between two reads while lingering.',
  }),
  reset_timedout_connection: flag({
    in: scopes,
    default: false,
    doc: 'Whether a connection that timed out is reset instead of closed in order.',
  }),
  chunked_transfer_encoding: flag({
    in: scopes,
    default: true,
    doc: 'Whether responses of unknown length to HTTP/1.1 clients are chunked.',
  }),
  tcp_nodelay: flag({ in: scopes, default: true, doc: 'Whether TCP_NODELAY is set.' }),
  absolute_redirect: flag({
    in: scopes,
    default: true,
    doc: 'Whether redirects made here carry scheme and host, or only a path.',
  }),
  server_name_in_redirect: flag({
    in: scopes,
    default: false,
    doc: 'Whether absolute redirects name the first server_name instead of the Host of the request.',
  }),
  port_in_redirect: flag({
    in: scopes,
    default: true,
    doc: 'Whether absolute redirects name the port.',
  }),
  early_hints: directive<readonly Template[]>({
    in: scopes,
    default: [],
    doc: 'Whether a response 103 of an upstream is passed to the client: where one of the values is neither empty nor "0".',
    usage: 'string ...',
    min: 1,
    max: 16,
    kind: 'template',
    read: (entry) => entry.args.map((each) => entry.template(each)),
  }),
  server_tokens: oneOf(['on', 'off', 'build'], {
    in: scopes,
    default: 'on',
    doc: 'Whether Server and error pages tell the version.',
  }),
  server_identity: serverIdentity,
  log_not_found: flag({
    in: scopes,
    default: true,
    doc: 'Whether files that do not exist are reported in the error log.',
  }),
  log_subrequest: flag({
    in: scopes,
    default: false,
    doc: 'Whether subrequests go through the log phase.',
  }),
  output_buffers: directive({
    in: scopes,
    default: { count: 2, size: 32_768 },
    doc: 'How many buffers of which size hold a file on its way to the client.',
    usage: 'number size',
    min: 2,
    max: 2,
    read: (entry) => ({
      count: readNumber(entry, entry.args[0] ?? ''),
      size: readSize(entry, entry.args[1] ?? ''),
    }),
  }),
  http2_chunk_size: directive({
    in: ['http', 'server', 'location'],
    default: 8192,
    doc: 'The most that one frame of HTTP/2 carries of a response: less is fairer to others of the connection, more costs less.',
    usage: 'size',
    min: 1,
    max: 1,
    read: (entry) => Math.min(Math.max(readSize(entry, entry.args[0] ?? ''), 1), LARGEST_CHUNK),
  }),
  postpone_output: size({
    in: scopes,
    default: 1460,
    doc: 'Output is held back until this many bytes are there, or the response ends.',
  }),
}

export type LocationSettings = ConfigOf<typeof locationDirectives>

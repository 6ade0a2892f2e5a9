import type { ConfigOf } from '../directive/directive.ts'
import { directive, flag, number, readNumber, readSize, size, time } from '../directive/readers.ts'

const scopes = ['http', 'server'] as const

/** The kernel's own directives that count before a location is known. */
export const serverDirectives = {
  client_header_timeout: time({
    in: scopes,
    default: 60_000,
    doc: 'The longest time a client may take to send its request head (408 after it).',
  }),
  client_header_buffer_size: size({
    in: scopes,
    default: 1024,
    doc: 'Accepted and without effect: heads are read into memory that all connections share; large_client_header_buffers bounds them.',
    idle: 'heads are read into memory that all connections share',
  }),
  large_client_header_buffers: directive({
    in: scopes,
    default: { count: 4, size: 8192 },
    doc: 'How many buffers of which size a request head may take. A request line must fit in one (414), as must a header line (400).',
    usage: 'number size',
    min: 2,
    max: 2,
    read: (entry) => ({
      count: readNumber(entry, entry.args[0] ?? ''),
      size: readSize(entry, entry.args[1] ?? ''),
    }),
  }),
  max_headers: number({
    in: scopes,
    default: 1000,
    least: 1,
    doc: 'How many header lines a request may have (400 above it).',
  }),
  ignore_invalid_headers: flag({
    in: scopes,
    default: true,
    doc: 'Whether header lines with other characters than letters, digits and hyphens in their names are ignored.',
  }),
  underscores_in_headers: flag({
    in: scopes,
    default: false,
    doc: 'Whether underscores are allowed in header names.',
  }),
  merge_slashes: flag({
    in: scopes,
    default: true,
    doc: 'Whether runs of slashes in a URI are taken as one.',
  }),
}

export type ServerSettings = ConfigOf<typeof serverDirectives>

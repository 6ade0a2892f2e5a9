import {
  directive,
  type Entry,
  flag,
  mimeTypes,
  number,
  oneOf,
  readNumber,
  readSize,
  size,
} from 'gateway/plugin'

const scopes = ['http', 'server', 'location'] as const

/** When a proxied request (one with a Via field) may be answered compressed. */
export const PROXIED = [
  'off',
  'expired',
  'no-cache',
  'no-store',
  'private',
  'no_last_modified',
  'no_etag',
  'auth',
  'any',
] as const
export type Proxied = (typeof PROXIED)[number]

/** User agents that get nothing compressed; `msie6` is nginx's name for one kind. */
export interface Disabled {
  readonly msie6: boolean
  readonly agents: readonly RegExp[]
}

export const directives = {
  gunzip: flag({
    in: scopes,
    default: false,
    doc: 'Whether responses that are compressed with gzip are uncompressed for clients who do not take that.',
  }),
  gunzip_buffers: directive({
    in: scopes,
    default: { count: 32, size: 4096 },
    doc: 'The memory uncompressed output is made in: blocks of number times size.',
    usage: 'number size',
    min: 2,
    max: 2,
    read: (entry) => ({ count: least(entry, 0), size: readPositiveSize(entry, 1) }),
  }),
  gzip: flag({
    in: [...scopes, 'if'],
    default: false,
    doc: 'Whether responses are compressed.',
  }),
  gzip_buffers: directive({
    in: scopes,
    default: { count: 32, size: 4096 },
    doc: 'The memory compressed output is made in: blocks of number times size.',
    usage: 'number size',
    min: 2,
    max: 2,
    read: (entry) => ({ count: least(entry, 0), size: readPositiveSize(entry, 1) }),
  }),
  gzip_comp_level: number({
    in: scopes,
    default: 1,
    least: 1,
    most: 9,
    doc: 'How hard zlib tries, from 1 (fast) to 9.',
  }),
  gzip_disable: directive<Disabled>({
    in: scopes,
    default: { msie6: false, agents: [] },
    doc: 'Regular expressions of user agents that get nothing compressed; msie6 is a short name for old Internet Explorers.',
    usage: 'regex ...',
    min: 1,
    max: 64,
    repeat: true,
    read: (entry, before = { msie6: false, agents: [] }) => ({
      msie6: before.msie6 || entry.args.includes('msie6'),
      agents: [
        ...before.agents,
        ...entry.args.filter((word) => word !== 'msie6').map((word) => entry.regex(word, 'i')),
      ],
    }),
  }),
  gzip_http_version: oneOf(['1.0', '1.1'], {
    in: scopes,
    default: '1.1',
    doc: 'The lowest HTTP version of a request that is answered compressed.',
  }),
  gzip_min_length: size({
    in: scopes,
    default: 20,
    doc: 'Shorter responses are not compressed, judged by their Content-Length alone.',
  }),
  gzip_proxied: directive<ReadonlySet<Proxied>>({
    in: scopes,
    default: new Set<Proxied>(['off']),
    doc: 'For which proxied requests, those with a Via field, responses are compressed.',
    usage: PROXIED.join(' | '),
    min: 1,
    max: PROXIED.length,
    kind: 'enum',
    words: PROXIED,
    read: (entry) => {
      const chosen = entry.args.map((word) => PROXIED.find((known) => known === word))
      const wrong = chosen.indexOf(undefined)
      if (wrong >= 0) entry.fail(`"${entry.args[wrong]}" is not one of ${PROXIED.join(', ')}`)
      return new Set(chosen.filter((word) => word !== undefined))
    },
  }),
  gzip_types: mimeTypes(['text/html'], {
    in: scopes,
    doc: 'MIME types that are compressed besides text/html; * stands for all.',
  }),
  gzip_vary: flag({
    in: scopes,
    default: false,
    doc: 'Whether responses that might be compressed say "Vary: Accept-Encoding".',
  }),
  gzip_window: powerOfTwo({
    default: 32_768,
    least: 512,
    most: 32_768,
    doc: "The size of zlib's window.",
  }),
  gzip_hash: powerOfTwo({
    default: 65_536,
    least: 512,
    most: 131_072,
    doc: "The size of zlib's hash table.",
  }),
}

function powerOfTwo(options: { default: number; least: number; most: number; doc: string }) {
  return directive({
    in: scopes,
    default: options.default,
    doc: options.doc,
    usage: 'size',
    min: 1,
    max: 1,
    kind: 'size',
    read: (entry) => {
      const value = readSize(entry, entry.args[0] ?? '')
      const fits =
        value >= options.least && value <= options.most && Number.isInteger(Math.log2(value))
      if (fits) return value
      return entry.fail(
        `${value} is not a power of two between ${options.least} and ${options.most}`,
      )
    },
  })
}

function least(entry: Entry, index: number): number {
  const value = readNumber(entry, entry.args[index] ?? '')
  return value > 0 ? value : entry.fail('at least one buffer is needed')
}

function readPositiveSize(entry: Entry, index: number): number {
  const value = readSize(entry, entry.args[index] ?? '')
  return value > 0 ? value : entry.fail('a buffer of no size')
}

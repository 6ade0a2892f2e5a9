import { directive, type Entry, flag, isToken, time } from 'gateway/plugin'
import { type Origins, readOrigins } from './origins.ts'

const scopes = ['http', 'server', 'location'] as const
const MOST_WORDS = 256
/** Those a page may ask with anyway. */
const SIMPLE_METHODS = ['GET', 'HEAD', 'POST']

export const directives = {
  cors_allow_origins: directive<Origins | undefined>({
    in: scopes,
    default: undefined,
    doc: 'The origins whose pages may read answers (CORS): https://app.example.com, all below a domain as https://*.example.com, a regular expression after ~ for the whole origin, null, or * alone for all; off for none. Everything else of CORS counts with it only.',
    usage: 'origin ... | * | off',
    min: 1,
    max: MOST_WORDS,
    read: (entry) => {
      return entry.args.length === 1 && entry.args[0] === 'off' ? undefined : readOrigins(entry)
    },
  }),
  cors_allow_methods: words('The methods such pages may use.', SIMPLE_METHODS),
  cors_allow_headers: words(
    'The request fields such pages may send besides those everybody may; * for all that are asked for.',
    [],
  ),
  cors_expose_headers: words(
    'The response fields such pages may read besides those everybody may.',
    [],
  ),
  cors_allow_credentials: flag({
    in: scopes,
    default: false,
    doc: 'Whether requests of such pages come with cookies and passwords; not for all origins, since then every page could act for whoever looks at it.',
  }),
  cors_max_age: time({
    in: scopes,
    default: 0,
    doc: 'How long a browser keeps what it was told; 0 says nothing, and browsers take five seconds.',
  }),
}

function words(doc: string, none: readonly string[]) {
  return directive<readonly string[]>({
    in: scopes,
    default: none,
    doc,
    usage: 'name ...',
    min: 1,
    max: MOST_WORDS,
    read: (entry) => entry.args.map((word) => readName(entry, word)),
  })
}

function readName(entry: Entry, word: string): string {
  return isToken(word) ? word : entry.fail(`"${word}" is no name`)
}

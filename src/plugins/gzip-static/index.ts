import { closeSync } from 'node:fs'
import {
  type Awaitable,
  addVary,
  codeOf,
  definePlugin,
  type Exchange,
  fileHead,
  filePath,
  fileRefused,
  type Head,
  type OpenedFile,
  oneOf,
  openedFile,
  sendFile,
  type Verdict,
} from 'gateway/plugin'
import { type Rules, rulesOf } from './accepts.ts'
import { CODINGS, type Coding } from './codings.ts'

const WORDS = ['on', 'off', 'always'] as const
const scopes = ['http', 'server', 'location'] as const

/** How files of one coding are served in a place. */
interface Serving {
  readonly coding: Coding
  readonly word: 'on' | 'always'
  readonly rules: Rules
}

/** Sends files that were compressed before. */
export default definePlugin({
  name: 'gzip-static',
  doc: 'Sends the file with .gz, .br or .zst behind its name, where there is one.',
  transient: true,
  directives: {
    gzip_static: oneOf(WORDS, {
      in: scopes,
      default: 'off',
      doc: 'Whether the file with .gz behind the name is sent where there is one, to clients that take it (by gzip_http_version, gzip_proxied and gzip_disable), or always.',
    }),
    brotli_static: oneOf(WORDS, {
      in: scopes,
      default: 'off',
      doc: 'Whether the file with .br behind the name is sent where there is one, to clients that take it, or always; before one with .gz.',
    }),
    zstd_static: oneOf(WORDS, {
      in: scopes,
      default: 'off',
      doc: 'Whether the file with .zst behind the name is sent where there is one, to clients that take it, or always; before one with .br or .gz.',
    }),
  },
  prepare: (config, place): readonly Serving[] | undefined => {
    const rules = rulesOf(place)
    const servings = (Object.keys(CODINGS) as (keyof typeof CODINGS)[]).flatMap((name) => {
      const word = config[name]
      return word === 'off' ? [] : [{ coding: CODINGS[name], word, rules }]
    })
    return servings.length > 0 ? servings : undefined
  },
  content: serve,
  filters: {
    encode: (x, next) => {
      if (varying.has(x)) addVary(x.head as Head, 'Accept-Encoding')
      return next
    },
  },
})

function serve(x: Exchange, servings: readonly Serving[]): Awaitable<Verdict> {
  if ((x.method !== 'GET' && x.method !== 'HEAD') || x.uri.endsWith('/')) return 'next'
  for (const serving of servings) {
    const verdict = serveCoded(x, serving)
    if (verdict !== 'next') return verdict
  }
  return 'next'
}

function serveCoded(x: Exchange, { coding, rules, word }: Serving): Awaitable<Verdict> {
  const wanted = word === 'always' || coding.accepts(x, rules)
  if (!wanted && !rules.vary) return 'next'
  const path = filePath(x) + coding.ending
  let file: OpenedFile
  try {
    file = openedFile(x, path)
  } catch (error) {
    return MISSING.has(codeOf(error) ?? '') ? 'next' : fileRefused(x, path, error)
  }
  const { fd, stats } = file
  // Also where another answers in its place.
  if (word === 'on' && rules.vary) varying.add(x)
  if (!stats.isFile()) {
    closeSync(fd)
    if (stats.isDirectory()) return 'next'
    x.log('crit', `"${path}" is not a regular file`)
    return 404
  }
  if (!wanted) {
    closeSync(fd)
    return 'next'
  }
  const head = fileHead(x, stats)
  head.fields.add('Content-Encoding', coding.name)
  return sendFile(x, file, head)
}

const MISSING: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'])
const varying = new WeakSet<Exchange>()

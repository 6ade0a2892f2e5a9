import { closeSync } from 'node:fs'
import {
  type Awaitable,
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
import { acceptsGzip, type Rules, rulesOf } from './accepts.ts'

/** How files are served in a place. */
interface Serving {
  readonly word: 'on' | 'always'
  readonly rules: Rules
}

/** Sends files that were compressed before. */
export default definePlugin({
  name: 'gzip-static',
  doc: 'Sends the file with .gz behind its name, where there is one.',
  transient: true,
  directives: {
    gzip_static: oneOf(['on', 'off', 'always'], {
      in: ['http', 'server', 'location'],
      default: 'off',
      doc: 'Whether the file with .gz behind the name is sent where there is one, to clients that take it (by gzip_http_version, gzip_proxied and gzip_disable), or always.',
    }),
  },
  prepare: ({ gzip_static: word }, place): Serving | undefined =>
    word === 'off' ? undefined : { word, rules: rulesOf(place) },
  content: serve,
  filters: {
    encode: (x, next) => {
      if (varying.has(x)) vary(x.head as Head)
      return next
    },
  },
})

function serve(x: Exchange, { word, rules }: Serving): Awaitable<Verdict> {
  if ((x.method !== 'GET' && x.method !== 'HEAD') || x.uri.endsWith('/')) return 'next'
  const wanted = word === 'always' || acceptsGzip(x, rules)
  if (!wanted && !rules.vary) return 'next'
  const path = `${filePath(x)}.gz`
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
  head.fields.add('Content-Encoding', 'gzip')
  return sendFile(x, file, head)
}

const MISSING: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'])
const varying = new WeakSet<Exchange>()

function vary({ fields }: Head): void {
  if (!fields.all('vary').includes('Accept-Encoding')) fields.add('Vary', 'Accept-Encoding')
}

import { type Exchange, namesCoding } from 'gateway/plugin'
import { acceptsGzip, type Rules } from './accepts.ts'

/** A way in which files may have been compressed. */
export interface Coding {
  /** In Content-Encoding. */
  readonly name: string
  /** Of the names of such files. */
  readonly ending: string
  accepts(x: Exchange, rules: Rules): boolean
}

/** Those of the modules of others ask for nothing but the coding's name (as ngx_brotli does). */
const named = (name: string, ending: string): Coding => ({
  name,
  ending,
  accepts: (x) => !x.parent && namesCoding(x.headers.get('accept-encoding') ?? '', name),
})

/** By the directives that say where they are sent; who takes several gets the first that is there. */
export const CODINGS = {
  zstd_static: named('zstd', '.zst'),
  brotli_static: named('br', '.br'),
  gzip_static: { name: 'gzip', ending: '.gz', accepts: acceptsGzip },
} as const satisfies Readonly<Record<string, Coding>>

import type { ConfigOf } from 'gateway/plugin'
import type { Disabled, directives, Proxied } from './directives.ts'
import { StatePool } from './state-pool.ts'

/** What the filter asks of its directives, in the form it asks for it. */
export interface GzipSettings {
  readonly compresses: boolean
  readonly uncompresses: boolean
  /** Bytes of a block of uncompressed output. */
  readonly block: number
  readonly types: ReadonlySet<string>
  readonly minLength: number
  /** 10 or 11. */
  readonly version: number
  readonly vary: boolean
  readonly proxied: ReadonlySet<Proxied>
  readonly disabled: Disabled
  readonly states: StatePool
}

/** zlib's memLevel 1 stands for a hash table of 2^9 bytes. */
const HASH_BITS_OF_LEVEL_0 = 8
/** No block of output memory is larger, whatever gzip_buffers says. */
const MOST_OUTPUT = 131_072
const LEAST_OUTPUT = 1024

export function settle(config: ConfigOf<typeof directives>): GzipSettings {
  const { count, size } = config.gzip_buffers
  const uncompressed = config.gunzip_buffers
  return {
    compresses: config.gzip,
    uncompresses: config.gunzip,
    block: Math.max(Math.min(uncompressed.count * uncompressed.size, MOST_OUTPUT), LEAST_OUTPUT),
    types: config.gzip_types,
    minLength: config.gzip_min_length,
    version: config.gzip_http_version === '1.0' ? 10 : 11,
    vary: config.gzip_vary,
    proxied: config.gzip_proxied,
    disabled: config.gzip_disable,
    states: StatePool.of({
      level: config.gzip_comp_level,
      windowBits: Math.log2(config.gzip_window),
      memLevel: Math.log2(config.gzip_hash) - HASH_BITS_OF_LEVEL_0,
      output: Math.min(count * size, MOST_OUTPUT),
    }),
  }
}

import { type BrotliOptions, constants } from 'node:zlib'
import type { ConfigOf, MimeTypes } from 'gateway/plugin'
import type { directives } from './directives.ts'

/** What the filter asks of its directives, in the form it asks for it. */
export interface BrotliSettings {
  readonly types: MimeTypes
  readonly minLength: number
  readonly options: BrotliOptions
}

/** A fifth of a block of gzip's: output is small. */
const OUTPUT = 16_384

export function settle(config: ConfigOf<typeof directives>): BrotliSettings | undefined {
  if (!config.brotli) return undefined
  return {
    types: config.brotli_types,
    minLength: config.brotli_min_length,
    options: {
      chunkSize: OUTPUT,
      params: {
        [constants.BROTLI_PARAM_QUALITY]: config.brotli_comp_level,
        [constants.BROTLI_PARAM_LGWIN]: Math.log2(config.brotli_window),
      },
    },
  }
}

import * as zlib from 'node:zlib'
import type { ByteTransform } from 'gateway/plugin'

/** Of Node's zlib, which has it from 22.15 on; undefined in an older Node. */
export const createZstd = (
  zlib as {
    readonly createZstdCompress?: (options: {
      readonly params: Readonly<Record<number, number>>
    }) => ByteTransform
  }
).createZstdCompress

/** ZSTD_c_compressionLevel. */
export const LEVEL = 100

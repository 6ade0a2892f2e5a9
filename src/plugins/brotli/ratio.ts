import type { BrotliCompress } from 'node:zlib'
import type { Exchange } from 'gateway/plugin'

const compressed = new WeakMap<Exchange, { taken: number; made: number }>()

/** Counts for `$brotli_ratio`; what was taken and made is known once the stream has ended. */
export function countRatio(x: Exchange, stream: BrotliCompress): void {
  const count = { taken: 0, made: 0 }
  compressed.set(x, count)
  stream.on('data', (bytes: Uint8Array) => {
    count.made += bytes.length
    count.taken = stream.bytesWritten
  })
}

/** `$brotli_ratio`, with two decimals. */
export function ratioOf(x: Exchange): string | undefined {
  const count = compressed.get(x)
  return count && count.made > 0 ? (count.taken / count.made).toFixed(2) : undefined
}

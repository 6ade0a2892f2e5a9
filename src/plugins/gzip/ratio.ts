import type { Exchange } from 'gateway/plugin'

/** What was compressed to how much. */
export interface Ratio {
  readonly taken: number
  readonly made: number
}

const ratios = new WeakMap<Exchange, Ratio>()

/** Lets `$gzip_ratio` tell of a response. */
export function countRatio(x: Exchange, ratio: Ratio): void {
  ratios.set(x, ratio)
}

/** `$gzip_ratio`, with two decimals. */
export function ratioOf(x: Exchange): string | undefined {
  const ratio = ratios.get(x)
  return ratio && ratio.made > 0 ? (ratio.taken / ratio.made).toFixed(2) : undefined
}

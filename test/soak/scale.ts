const LONG = process.env.GATEWAY_SOAK === '1'

/** How much of something a test does: the first number in CI, the second with `GATEWAY_SOAK=1`. */
export function scale(short: number, long: number): number {
  return LONG ? long : short
}

/** How long one test may take at most, in milliseconds; only a hang reaches it. */
export const PATIENCE = scale(120_000, 6 * 3_600_000)

export const MEGABYTE = 2 ** 20

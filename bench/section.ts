/** A target and whether it was met. */
export interface Verdict {
  readonly text: string
  readonly met: boolean
}

/** What came out of one row, ready to be printed. */
export interface Section {
  readonly name: string
  readonly text: string
  readonly columns: readonly string[]
  readonly lines: readonly (readonly string[])[]
  readonly verdicts: readonly Verdict[]
  /** Contenders that were left out, and why. */
  readonly notes: readonly string[]
}

/** A verdict on a figure that must stay below (`most`) or above (`least`) a bound. */
export function judge(
  what: string,
  value: number,
  bound: { readonly most?: number | undefined; readonly least?: number | undefined },
  unit = '',
): Verdict {
  const { most, least } = bound
  const met = (most === undefined || value <= most) && (least === undefined || value >= least)
  const wanted = [
    ...(most === undefined ? [] : [`≤ ${most}`]),
    ...(least === undefined ? [] : [`≥ ${least}`]),
  ].join(' and ')
  return { text: `${what} ${value.toFixed(2)}${unit}, target ${wanted}${unit}`, met }
}

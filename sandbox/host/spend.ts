/**
 * Told of work the host is about to do for a run, or has just done, in microseconds of a core as
 * estimated: what fuel does not see. Whoever keeps the budget throws a refusal where it is used up.
 */
export type Spend = (microseconds: number) => void

/** For whom nothing is counted. */
export const spendNothing: Spend = () => {}

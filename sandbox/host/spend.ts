/**
 * Told of work of the host for a run, in microseconds of a core as estimated: what fuel does not see.
 * Work that is `ahead`, as it is unless said otherwise, is refused by whoever keeps the budget where
 * that is used up, and costs nothing then; what is `done` already is paid in any case.
 */
export type Spend = (microseconds: number, when?: 'ahead' | 'done') => void

/** For whom nothing is counted. */
export const spendNothing: Spend = () => {}

import type { Crossing } from '../border/crossing.ts'

/** Answers the ops of one family for one run, now or later; refuses by throwing a `Refusal`. */
export type OpHandler = (
  op: number,
  a: Crossing,
  b: Crossing,
  c: Crossing,
) => Crossing | Promise<Crossing>

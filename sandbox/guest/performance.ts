import { Op } from '../border/ops.ts'
import { host } from './host.ts'

/** The clock of a run: it begins at 0, and is coarse on purpose. */
export const performance = Object.freeze({
  now: (): number => Number(host(Op.elapsed)),
  get timeOrigin(): number {
    return Date.now() - performance.now()
  },
  toJSON: () => ({ timeOrigin: performance.timeOrigin }),
})

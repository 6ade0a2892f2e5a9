import type { Sharing } from './fuel-account.ts'
import type { Limits } from './limits.ts'
import type { Follower } from './visit.ts'

/** How a run is done. */
export interface RunOptions extends Follower, Sharing {
  /** Complete, so that nothing is merged for each run; see {@link DEFAULT_LIMITS}. */
  readonly limits?: Limits
  /** `now`, or together with all others of this turn of the event loop, script by script. */
  readonly when?: 'now' | 'batch'
  /** `reuse` leaves the guest as it is for the next run of its script. */
  readonly state?: 'fresh' | 'reuse'
  /** Where a turn is taken that goes over its slice: `here`, the default, or on a `thread`. */
  readonly long?: 'here' | 'thread'
}

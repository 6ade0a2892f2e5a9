import type { Crossing, GuestHost } from '../border/crossing.ts'
import type { Sharing } from './fuel-account.ts'
import type { Limits } from './limits.ts'
import type { Script } from './script.ts'

/** What a run begins with. */
export interface RunStart {
  readonly script: Script
  readonly host: GuestHost
  readonly limits: Limits
  readonly sharing: Sharing
  readonly state: 'fresh' | 'reuse'
  /** Fuel of a turn on the event loop; a run with more to do is moved. Without it none ever is. */
  readonly slice: number | undefined
  readonly hook: string | number
  /** What the guest's `enter` gets beside it. */
  readonly values: readonly Crossing[]
  /** Called when it could take another turn. */
  readonly wake: () => void
}

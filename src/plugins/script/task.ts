import type { Verdict } from 'gateway/plugin'
import type { Crossing } from '../../../sandbox/border/crossing.ts'
import type { Hook } from '../../../sandbox/border/hooks.ts'
import type { RequestView, ResponseView } from '../../../sandbox/host/message-view.ts'
import type { OutgoingRequest, RunEvents } from '../../../sandbox/host/run-events.ts'
import type { Outlet } from './answer-sender.ts'
import type { FailureCode } from './failure.ts'
import type { HeadView } from './head-view.ts'

/** What a script is run for. */
export interface Task {
  readonly hook: Hook
  /** What the hook is entered with. */
  readonly values: readonly Crossing[]
  /** `batch`: together with others, when this turn of the event loop is over. */
  readonly when?: 'now' | 'batch'
  /** The request the guest is shown; none where it is over, or there never was one. */
  readonly request?: RequestView
  /** The response that a `response` hook filters. */
  readonly response?: ResponseView
  /** How many scripts have called each other, this one included; none unless given. */
  readonly depth?: number
  /** Where an answer goes, for a hook that may give one. */
  readonly outlet?: Outlet
  /** What the location's handler answers. */
  next?(asked: OutgoingRequest | undefined): Promise<HeadView>
  /** What the hook has found, wants instead, or chooses. */
  found?(text: string | undefined): void
  rewritten?: RunEvents['rewritten']
  upstream?(name: string): void
  /** Told when the run is over, all that goes on behind its answer included. */
  ended?(): void
  /** Answers in the script's place, where nothing was sent yet. */
  refuse(code: FailureCode): Verdict | Promise<Verdict>
}

import type { Crossing } from '../border/crossing.ts'
import { Refusal } from '../border/refusal.ts'
import type { Guest } from './guest.ts'

/** A refusal as it is handed to a guest, or to a thread. */
export interface RefusalText {
  readonly name: string
  readonly message: string
}

/** An answer that has come for a ticket. */
export interface Settlement {
  readonly ticket: number
  readonly value: Crossing
  readonly refused: RefusalText | undefined
}

/** Answers that are handed over in one call of the guest's `settle`: three arguments each. */
const SETTLED_AT_ONCE = 32

/** Calls the hook; returns what the guest's `enter` did, where that can cross. */
export function enterGuest(
  guest: Guest,
  hook: string | number,
  values: readonly Crossing[],
): Crossing {
  const box = guest.settled(guest.enter(hook, values))
  const value = guest.crosses(box) ? guest.read(box) : undefined
  guest.release(box)
  return value
}

/** Hands answers over to the guest that waits for them. */
export function settleGuest(guest: Guest, settled: readonly Settlement[]): void {
  for (let from = 0; from < settled.length; from += SETTLED_AT_ONCE) {
    const part = settled.slice(from, from + SETTLED_AT_ONCE)
    const boxes = part.flatMap((each) => boxesOf(guest, each))
    guest.release(guest.settled(guest.call('settle', boxes)))
  }
}

/** The three arguments of `settle` for one answer; what cannot cross is refused. */
function boxesOf(guest: Guest, { ticket, value, refused }: Settlement): number[] {
  let reason = refused
  try {
    if (!reason) return [guest.write(ticket), guest.write(1), guest.write(value)]
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    reason = error
  }
  const error = guest.makeError(reason.name, reason.message)
  return [guest.write(ticket), guest.write(0), error]
}

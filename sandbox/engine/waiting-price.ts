import {
  FREE_GROWTH,
  GROWTH_FUEL,
  LARGE_GROWTH,
  LONG_TURN,
  MOVING_FUEL,
  REBUILD_GROWTH,
  WAIT_FUEL,
} from './limits.ts'

/**
 * What it takes that a run waits, in fuel: its state may have to leave its slot and come back, or go
 * to a thread and back. The same wherever it waits, and whether or not anybody needs its slot.
 */
export function waitingPrice(turn: number, grown: number): number {
  const bytes = beyond(grown, FREE_GROWTH) + LARGE_GROWTH * beyond(grown, REBUILD_GROWTH)
  return WAIT_FUEL + Math.ceil(bytes / GROWTH_FUEL) + (turn > LONG_TURN ? MOVING_FUEL : 0)
}

function beyond(bytes: number, free: number): number {
  return Math.max(0, bytes - free)
}

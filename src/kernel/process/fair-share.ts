import type { Standing } from './standings.ts'

/** With fewer than one slot in this many free, a worker leaves new connections to the others. */
const SCARCE = 8
/** How long, in milliseconds, for each slot it is short of. */
const FOR_SLOT = 10
/** By what part of the average a worker may have more connections than that, */
const MARGIN = 1 / 8
/** and by how many besides: a few connections say nothing. */
const MARGIN_LEAST = 2
/** How long it leaves new ones to the others, in milliseconds, for each connection it has more. */
const FOR_CONNECTION = 1

/**
 * For how many milliseconds a worker leaves new connections to others that have room: nginx's rule
 * (one eighth of all connections minus the free ones), and the same of the average. The longer, the
 * further it is beyond; 0 where nobody would take them rather.
 */
export function turnAway(own: Standing, limit: number, others: readonly Standing[]): number {
  const short = limit / SCARCE - own.free
  const freer = short > 0 && others.some(({ free }) => free > own.free)
  return Math.max(
    freer ? Math.ceil(short * FOR_SLOT) : 0,
    Math.ceil(surplus(own, others) * FOR_CONNECTION),
  )
}

function surplus(own: Standing, others: readonly Standing[]): number {
  if (others.length === 0) return 0
  const total = others.reduce((sum, { clients }) => sum + clients, own.clients)
  const average = total / (others.length + 1)
  return Math.max(0, own.clients - average * (1 + MARGIN) - MARGIN_LEAST)
}

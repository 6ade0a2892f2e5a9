import type { Peer } from './peer.ts'

/**
 * nginx's smooth weighted round robin: every usable peer gains its weight, the richest is chosen
 * and pays the sum of all. Weights five, one, one give `a a b a c a a`, not `a a a a a b c`.
 */
export function nextByWeight(
  list: readonly Peer[],
  tried: ReadonlySet<Peer>,
  now: number,
): Peer | undefined {
  let best: Peer | undefined
  let total = 0
  for (const peer of list) {
    if (!isUsable(peer, tried, now)) continue
    peer.currentWeight += peer.effectiveWeight
    total += peer.effectiveWeight
    // What failures took away comes back by one with each choice.
    if (peer.effectiveWeight < peer.settings.weight) peer.effectiveWeight++
    if (!best || peer.currentWeight > best.currentWeight) best = peer
  }
  if (best) best.currentWeight -= total
  return best
}

/** Whether a peer may be asked now, in an upstream of several. */
export function isUsable(peer: Peer, tried: ReadonlySet<Peer>, now: number): boolean {
  return !peer.settings.down && !tried.has(peer) && !peer.failedOut(now) && !peer.full
}

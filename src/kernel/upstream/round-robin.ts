import type { Peers } from './balancer.ts'
import type { Peer } from './peer.ts'

/**
 * nginx's smooth weighted round robin among these of the peers: every usable one gains its weight,
 * the richest is chosen and pays the sum of all. Weights five, one, one give `a a b a c a a`, not
 * `a a a a a b c`.
 */
export function nextByWeight(
  peers: Pick<Peers, 'usable'>,
  list: readonly Peer[],
  tried: ReadonlySet<Peer>,
): Peer | undefined {
  let best: Peer | undefined
  let total = 0
  for (const peer of list) {
    if (!peers.usable(peer, tried)) continue
    peer.currentWeight += peer.effectiveWeight
    total += peer.effectiveWeight
    // What failures took away comes back by one with each choice.
    if (peer.effectiveWeight < peer.settings.weight) peer.effectiveWeight++
    if (!best || peer.currentWeight > best.currentWeight) best = peer
  }
  if (best) best.currentWeight -= total
  return best
}

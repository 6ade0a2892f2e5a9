import { type Balancer, nextByWeight, type Peer, type Peers } from 'gateway/plugin'

/** nginx's `least_conn`: the least busy peer for its weight; the backups when no other is left. */
export function byConnections(peers: Peers): Balancer {
  const primary = peers.list.filter((peer) => !peer.settings.backup)
  const backup = peers.list.filter((peer) => peer.settings.backup)
  return (_, tried) => leastBusy(peers, primary, tried) ?? leastBusy(peers, backup, tried)
}

function leastBusy(
  peers: Peers,
  list: readonly Peer[],
  tried: ReadonlySet<Peer>,
): Peer | undefined {
  let best: Peer | undefined
  let tied = false
  for (const peer of list) {
    if (!peers.usable(peer, tried)) continue
    const difference = best ? compareLoad(peer, best) : -1
    if (difference < 0) {
      best = peer
      tied = false
    } else if (difference === 0) tied = true
  }
  if (!best || !tied) return best
  const first = best
  const asBusy = list.filter((peer) => compareLoad(peer, first) === 0)
  return nextByWeight(peers, asBusy, tried)
}

/** Below zero when `one` has fewer requests for its weight than `other`; products are exact. */
function compareLoad(one: Peer, other: Peer): number {
  return one.active * other.settings.weight - other.active * one.settings.weight
}

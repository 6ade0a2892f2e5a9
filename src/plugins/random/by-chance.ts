import type { Balancer, Peer, Peers } from 'gateway/plugin'
import { Lots } from './lots.ts'

/** Draws this often before it leaves the choice to round robin (as in nginx). */
const DRAWS = 21

/** nginx's `random`: whoever is drawn, if usable. */
export function byChance(peers: Peers): Balancer {
  const lots = lotsOf(peers)
  if (!lots) return (x, tried) => peers.next(x, tried)
  return (x, tried) => {
    for (let i = 0; i < DRAWS; i++) {
      const peer = lots.draw()
      if (peers.usable(peer, tried)) return peer
    }
    return peers.next(x, tried)
  }
}

/** nginx's `random two least_conn`: the less busy of two different peers that are drawn. */
export function byTwoChances(peers: Peers): Balancer {
  const lots = lotsOf(peers)
  if (!lots) return (x, tried) => peers.next(x, tried)
  return (x, tried) => {
    let first: Peer | undefined
    for (let misses = 0; misses < DRAWS; ) {
      const peer = lots.draw()
      if (first && peer !== first && peers.usable(peer, tried)) return lessBusy(first, peer)
      if (!first && peers.usable(peer, tried)) first = peer
      else misses++
    }
    return peers.next(x, tried)
  }
}

/** As in nginx, the second one where both are as busy for their weights. */
function lessBusy(first: Peer, second: Peer): Peer {
  const busier = second.active * first.settings.weight > first.active * second.settings.weight
  return busier ? first : second
}

/** Undefined where there is nothing to draw for. */
function lotsOf(peers: Peers): Lots | undefined {
  // A backup takes no part: it is asked by round robin when all others fail.
  const list = peers.list.filter((peer) => !peer.settings.backup)
  return list.length < 2 ? undefined : new Lots(list)
}

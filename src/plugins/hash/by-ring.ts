import { type Balancer, nextByWeight, type Peer, type Peers, type Template } from 'gateway/plugin'
import { crc32 } from './crc32.ts'
import { MAX_RING_WEIGHT, Ring, type RingServer } from './ring.ts'

/** Looks at this many points before it leaves the choice to round robin (as in nginx). */
const LOOKS = 21

/**
 * nginx's `hash … consistent`, compatible with Cache::Memcached::Fast. `refuse` is told what is
 * wrong with the peers.
 */
export function byRing(peers: Peers, key: Template, refuse: (text: string) => never): Balancer {
  // A backup has no part in the hash: it is asked by round robin when all others fail.
  const list = peers.list.filter((peer) => !peer.settings.backup)
  const servers = serversOf(list)
  // Counted by names, so that what was accepted stays so when a worker has resolved them.
  const weight = servers.reduce((sum, server) => sum + server.weight, 0)
  if (weight > MAX_RING_WEIGHT) {
    refuse(`the weights in upstream "${peers.upstream}" add up to more than ${MAX_RING_WEIGHT}`)
  }
  if (list.length < 2) return (x, tried) => peers.next(x, tried)
  const ring = new Ring(servers)
  return (x, tried) => {
    const text = key.render(x)
    if (text === '') return peers.next(x, tried)
    const point = ring.find(crc32(text))
    for (let look = 0; look < LOOKS; look++) {
      const server = servers[ring.owner(point + look)] as Server
      const peer = nextByWeight(peers, server.peers, tried)
      if (peer) return peer
    }
    return peers.next(x, tried)
  }
}

interface Server extends RingServer {
  readonly peers: readonly Peer[]
}

/** The peers by the names of their servers; as in nginx, a name has its points but once. */
function serversOf(list: readonly Peer[]): Server[] {
  const byName = new Map<string, Peer[]>()
  for (const peer of list) {
    const { server } = peer.settings
    const same = byName.get(server)
    if (same) same.push(peer)
    else byName.set(server, [peer])
  }
  return [...byName].map(([name, same]) => {
    const weight = same.reduce((most, peer) => Math.max(most, peer.settings.weight), 0)
    return { name, weight, peers: same }
  })
}

import { type Balancer, definePlugin, flag, type Peers } from 'gateway/plugin'
import { addressBytes, hashBytes } from './hash.ts'

/** Looks at this many peers before it leaves the choice to round robin (as in nginx). */
const LOOKS = 21
/** What the hash begins with (as in nginx, so that both choose alike). */
const SEED = 89

/** Keeps one client network on one peer for as long as that peer is usable. */
export default definePlugin({
  name: 'ip-hash',
  doc: 'Chooses the peer by the address of the client.',
  transient: true,
  choosesBy: 'request',
  directives: {
    ip_hash: flag({
      in: ['upstream'],
      min: 0,
      default: false,
      doc: 'Chooses the peer by the first three octets of an IPv4 address, or all of an IPv6 address, so that a client stays with one peer as long as that is usable.',
    }),
  },
  balancer: (peers, { ip_hash }) =>
    ip_hash ? byAddress(peers) : (x, tried) => peers.next(x, tried),
})

function byAddress(peers: Peers): Balancer {
  // A backup has no part in the hash: it is asked by round robin when all others fail.
  const list = peers.list.filter((peer) => !peer.settings.backup)
  const total = list.reduce((sum, peer) => sum + peer.settings.weight, 0)
  return (x, tried) => {
    if (list.length < 2) return peers.next(x, tried)
    const bytes = addressBytes(x.client.address)
    let hash = SEED
    for (let look = 0; look < LOOKS; look++) {
      hash = hashBytes(hash, bytes)
      const peer = at(hash % total)
      if (peer && peers.usable(peer, tried)) return peer
    }
    return peers.next(x, tried)
  }

  /** The peer whose share of the weights holds this place. */
  function at(place: number) {
    let rest = place
    return list.find((peer) => {
      rest -= peer.settings.weight
      return rest < 0
    })
  }
}

import { definePlugin, directive, type Getter, type Peer } from 'gateway/plugin'

/** A balancer: requests with the same cookie go to the same peer, as long as it is usable. */
export default definePlugin({
  name: 'sticky-cookie',
  doc: 'Keeps a session on one peer.',
  directives: {
    sticky_cookie: directive<Getter | undefined>({
      in: ['upstream'],
      default: undefined,
      doc: 'Chooses the peer by the value of this cookie.',
      usage: 'name',
      min: 1,
      max: 1,
      read: (entry) => entry.variable(`cookie_${entry.args[0]}`),
    }),
  },
  // Made once for each upstream that says `sticky_cookie`; called for each attempt.
  balancer: (peers, { sticky_cookie: session }) => {
    return (x, tried) => {
      const value = session?.(x)
      const found = value === undefined ? undefined : highest(peers.list, value)
      // Without a cookie, and where the session's peer is down or was tried: the default balancer.
      return found && peers.usable(found, tried) ? found : peers.next(x, tried)
    }
  },
})

/**
 * Rendezvous hashing: every peer gets a score with the value, the highest wins. When a peer is
 * added or removed, only its own sessions move.
 */
function highest(peers: readonly Peer[], value: string): Peer | undefined {
  let best: Peer | undefined
  let score = -1
  for (const peer of peers) {
    if (peer.settings.backup) continue
    const own = hash(`${peer.name} ${value}`)
    if (own <= score) continue
    best = peer
    score = own
  }
  return best
}

/** FNV-1a, finished so that names that differ little differ in all bits. */
function hash(text: string): number {
  let h = 0x811c9dc5
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193)
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  return (h ^ (h >>> 13)) >>> 0
}

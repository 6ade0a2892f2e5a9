import { definePlugin, flag } from 'gateway/plugin'

/** A balancer: whoever has the fewest requests under way for its weight, and is not asked yet. */
export default definePlugin({
  name: 'my-plugin',
  doc: 'Chooses the peer with the least to do.',
  directives: {
    my_plugin: flag({
      in: ['upstream'],
      default: false,
      doc: 'Chooses the peer with the fewest requests for its weight.',
    }),
  },
  // Made once for each upstream; what it returns is called for each attempt.
  balancer: (peers) => (x, tried) => {
    const load = (active: number, weight: number) => active / weight
    const usable = peers.list.filter((peer) => !peer.settings.backup && peers.usable(peer, tried))
    const [best] = usable.sort(
      (a, b) => load(a.active, a.settings.weight) - load(b.active, b.settings.weight),
    )
    // Where nobody is left: the default balancer, which knows the backups.
    return best ?? peers.next(x, tried)
  },
})

import { definePlugin } from 'gateway/plugin'

/**
 * The default balancer: smooth weighted round robin. The algorithm is the kernel's own, because
 * other balancers fall back to it.
 */
export default definePlugin({
  name: 'round-robin',
  doc: 'Asks the peers of an upstream in turn, each as often as its weight says.',
  transient: true,
  balancer: (peers) => (x, tried) => peers.next(x, tried),
})

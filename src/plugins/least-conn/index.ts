import { definePlugin, flag } from 'gateway/plugin'
import { byConnections } from './by-connections.ts'

/** Asks whoever has the least to do, by the count of this worker. */
export default definePlugin({
  name: 'least-conn',
  doc: 'Chooses the peer with the fewest requests under way, relative to its weight.',
  transient: true,
  directives: {
    least_conn: flag({
      in: ['upstream'],
      min: 0,
      default: false,
      doc: 'Chooses the peer with the fewest requests under way, relative to its weight; peers that have equally few take turns by weight. Each worker counts the requests it has under way itself.',
    }),
  },
  balancer: (peers, { least_conn }) =>
    least_conn ? byConnections(peers) : (x, tried) => peers.next(x, tried),
})

import { definePlugin, flag, type Peer, steadyTime } from 'gateway/plugin'

/** After so long an answer counts for half of what it did, in milliseconds. */
const HALF_LIFE = 10_000
/** What a peer is taken for that nobody knows anything of, in milliseconds. */
const UNKNOWN = 1

/** How fast a peer was of late. */
interface Pace {
  /** Milliseconds. */
  mean: number
  /** When it was told last. */
  at: number
}

const paces = new Map<string, Pace>()

/** A balancer: of two peers drawn at random, the one that answers sooner. */
export default definePlugin({
  name: 'ewma',
  doc: 'Prefers peers that answer fast and have little to do.',
  directives: {
    ewma: flag({
      in: ['upstream'],
      default: false,
      doc: 'Chooses, of two peers drawn at random, the one with the better product of its mean time to answer and the requests it has.',
    }),
  },
  balancer: (peers) => (x, tried) => {
    const usable = peers.list.filter((each) => !each.settings.backup && peers.usable(each, tried))
    const [first, second] = draw(usable)
    if (!first || !second) return first ?? peers.next(x, tried)
    return cost(first) <= cost(second) ? first : second
  },
  always: true,
  // What the attempts of a request took is known when it is over.
  log: (x) => {
    for (const { headerTime, peer, status } of x.attempts ?? []) {
      if (headerTime !== undefined && status > 0) note(peer, headerTime)
    }
    return 'next'
  },
})

function draw(peers: readonly Peer[]): (Peer | undefined)[] {
  if (peers.length < 2) return [...peers]
  const first = Math.floor(Math.random() * peers.length)
  const second = (first + 1 + Math.floor(Math.random() * (peers.length - 1))) % peers.length
  return [peers[first], peers[second]]
}

function cost(peer: Peer): number {
  const mean = paces.get(peer.name)?.mean ?? UNKNOWN
  return (mean * (peer.active + 1)) / peer.settings.weight
}

/** An exponentially weighted moving average: the longer ago, the less it counts. */
function note(peer: string, milliseconds: number): void {
  const now = steadyTime()
  const pace = paces.get(peer)
  if (!pace) {
    paces.set(peer, { mean: Math.max(UNKNOWN, milliseconds), at: now })
    return
  }
  const old = 0.5 ** ((now - pace.at) / HALF_LIFE) * OLD_SHARE
  pace.mean = Math.max(UNKNOWN, pace.mean * old + milliseconds * (1 - old))
  pace.at = now
}

/** The part of the mean that stays where answers follow each other at once. */
const OLD_SHARE = 0.9

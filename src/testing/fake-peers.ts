import { steadyTime } from '../base/clock.ts'
import type { Exchange } from '../kernel/exchange/exchange.ts'
import { PEER_DEFAULTS } from '../kernel/settings/upstream.ts'
import type { Peers } from '../kernel/upstream/balancer.ts'
import { Peer, type PeerSettings } from '../kernel/upstream/peer.ts'

/** A peer as a test describes it: a name (`10.0.0.1:80`), the rest by nginx's defaults. */
export type PeerOptions = Pick<PeerSettings, 'name'> & Partial<PeerSettings>

/** Peers as a balancer sees them; `next` takes turns. */
export class FakePeers implements Peers {
  readonly upstream = 'test'
  readonly list: readonly Peer[]
  #turn = 0

  constructor(list: readonly PeerOptions[]) {
    this.list = list.map(fakePeer)
  }

  usable(peer: Peer, tried: ReadonlySet<Peer>): boolean {
    if (tried.has(peer) || peer.settings.down || peer.settings.address === undefined) return false
    return !peer.full && !peer.failedOut(steadyTime())
  }

  next(_x: Exchange, tried: ReadonlySet<Peer>): Peer | undefined {
    for (const backup of [false, true]) {
      const left = this.list.filter((peer) => {
        return peer.settings.backup === backup && this.usable(peer, tried)
      })
      if (left.length > 0) return left[this.#turn++ % left.length]
    }
    return undefined
  }
}

function fakePeer(options: PeerOptions): Peer {
  const [host = '', port = '80'] = options.name.split(':')
  const address = { kind: 'tcp', host, port: Number(port) } as const
  return new Peer({ ...PEER_DEFAULTS, server: options.name, address, ...options })
}

import { type Balancer, nextByWeight, type Peer, type Peers } from 'gateway/plugin'
import type { Crossing } from '../../../../sandbox/border/crossing.ts'
import { RecordOp } from '../../../../sandbox/border/ops.ts'
import { badCall, countOf, textOf } from '../../../../sandbox/host/arguments.ts'
import type { GivenPeer } from './given.ts'
import type { Image } from './record-image.ts'
import { type RecordResult, RecordRun } from './record-run.ts'

/** A balancer that a record has made; where it fails, the default one chooses. */
export function balancerOf(peers: Peers, image: Image): Balancer {
  const { list } = peers
  const { deployment } = image.source
  return (x, tried) => {
    if (deployment.enter()) return peers.next(x, tried)
    const chosen = (result: RecordResult): Peer | undefined => {
      if ('code' in result) return peers.next(x, tried)
      return result.text === undefined
        ? undefined
        : (peerAt(list, result.text) ?? peers.next(x, tried))
    }
    const run = new RecordRun(x, image, (op, a, b) => {
      switch (op) {
        case RecordOp.usable:
          return peers.usable(known(list, a), peersIn(list, b)) ? '1' : ''
        case RecordOp.active:
          return known(list, a).active
        case RecordOp.turn: {
          const met = peersIn(list, b)
          const next =
            a === undefined ? peers.next(x, met) : nextByWeight(peers, [...peersIn(list, a)], met)
          return next && list.indexOf(next)
        }
        default:
          throw badCall('op')
      }
    })
    const result = run.start('balance', [...tried].map((peer) => list.indexOf(peer)).join())
    return result instanceof Promise ? result.then(chosen) : chosen(result)
  }
}

/** What a record may know of peers: their addresses are in their names. */
export function givenPeers({ list }: Peers): GivenPeer[] {
  return list.map(({ settings: { address: _, ...given } }) => given)
}

function peersIn(list: readonly Peer[], numbers: Crossing): Set<Peer> {
  const text = textOf(numbers, 'peers')
  if (text === '') return new Set()
  return new Set(text.split(',').map((number) => known(list, Number(number))))
}

function known(list: readonly Peer[], number: Crossing): Peer {
  const peer = list[countOf(number, 'peer')]
  if (!peer) throw badCall('peer')
  return peer
}

function peerAt(list: readonly Peer[], text: string): Peer | undefined {
  return /^\d{1,6}$/.test(text) ? list[Number(text)] : undefined
}

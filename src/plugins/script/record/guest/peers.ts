import type { Balancer, Exchange, Peer, Peers } from 'gateway/plugin'
import { RecordOp } from '../../../../../sandbox/border/ops.ts'
import type { Given, GivenPeer } from '../given.ts'
import { ask } from './channel.ts'
import { x } from './exchange.ts'

/** A peer as a record sees it: what its `server` line says, and how busy it is. */
class RecordPeer {
  readonly settings: GivenPeer
  readonly number: number

  constructor(settings: GivenPeer, number: number) {
    this.settings = settings
    this.number = number
  }

  get name(): string {
    return this.settings.name
  }

  get active(): number {
    return ask(RecordOp.active, this.number) as number
  }
}

let list: readonly RecordPeer[] = []

/** The peers of the upstream that a record is loaded for. */
export function peersOf({ peers, upstream }: Extract<Given, { kind: 'balancer' }>): Peers {
  list = peers.map((settings, number) => new RecordPeer(settings, number))
  return {
    upstream,
    list: list as readonly object[] as readonly Peer[],
    usable: (peer, tried) => ask(RecordOp.usable, numberOf(peer), numbersOf(tried)) === '1',
    next: (_, tried) => peerAt(ask(RecordOp.turn, undefined, numbersOf(tried))),
  }
}

/** As natively: whose turn it is among these. */
export function nextByWeight(
  _peers: Pick<Peers, 'usable'>,
  among: readonly Peer[],
  tried: ReadonlySet<Peer>,
): Peer | undefined {
  return peerAt(ask(RecordOp.turn, numbersOf(among), numbersOf(tried)))
}

/** Asks a balancer; the number of its peer. */
export function choose(
  balancer: Balancer,
  tried: string,
): string | undefined | Promise<string | undefined> {
  const met = tried === '' ? [] : tried.split(',').map((number) => list[Number(number)])
  const chosen = balancer(x as Exchange, new Set(met as object[] as Peer[]))
  return chosen instanceof Promise ? chosen.then(textOf) : textOf(chosen)
}

function textOf(peer: Peer | undefined): string | undefined {
  return peer && `${numberOf(peer)}`
}

function numberOf(peer: Peer): number {
  return (peer as object as RecordPeer).number
}

function numbersOf(peers: Iterable<Peer>): string {
  return [...peers].map(numberOf).join()
}

function peerAt(number: unknown): Peer | undefined {
  return number === undefined ? undefined : (list[Number(number)] as object as Peer)
}

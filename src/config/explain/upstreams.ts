import type { Exchange } from '../../kernel/exchange/exchange.ts'
import type { Peer } from '../../kernel/upstream/peer.ts'
import type { Upstream } from '../../kernel/upstream/upstream.ts'
import type { Block } from '../block.ts'
import { balancerOf, DEFAULT_BALANCER } from '../compile-upstreams.ts'
import type { ExplainedDirective, ExplainedPeer, ExplainedUpstream } from './explanation.ts'

const NONE_TRIED: ReadonlySet<Peer> = new Set()

/** Who a directive asks: the peers of an upstream, and which of them first if that can be told. */
export function explainUpstream(
  upstream: Upstream,
  block: Block | undefined,
  by: ExplainedDirective,
  x: Exchange,
  mayChange: boolean,
): ExplainedUpstream {
  const balancer = block && balancerOf(block)
  return {
    name: upstream.name,
    mark: block?.mark ?? null,
    by,
    balancer: balancer?.name ?? DEFAULT_BALANCER,
    ...firstOf(upstream, balancer?.choosesBy === 'request', x, mayChange),
    peers: upstream.list.map(explainPeer),
  }
}

function firstOf(
  upstream: Upstream,
  byRequest: boolean,
  x: Exchange,
  mayChange: boolean,
): Pick<ExplainedUpstream, 'first' | 'reason'> {
  const { list } = upstream
  const up = list.filter(({ settings }) => !settings.down)
  const primary = up.filter(({ settings }) => !settings.backup)
  const usable = primary.length > 0 ? primary : up
  const [only] = usable
  if (!only) return { first: null, reason: 'no peer is up: the answer is 502' }
  if (!upstream.literal) return { first: null, reason: 'workers look names up when they start' }
  if (usable.length === 1) {
    const reason = list.length === 1 ? 'it is the only peer' : 'the others are down or backups'
    return { first: only.name, reason }
  }
  if (byRequest && mayChange) return { first: null, reason: 'what is not run may decide' }
  const chosen = byRequest ? chooseByRequest(upstream, x) : undefined
  if (chosen) return { first: chosen.name, reason: 'as long as it is usable' }
  return { first: null, reason: 'it depends on what was asked before' }
}

/** Where variables lead to, and nobody can tell what they will be. */
export function unknownUpstream(by: ExplainedDirective): ExplainedUpstream {
  const reason = 'made for each request, of what cannot be told before'
  return { name: by.args[0] ?? '', mark: null, by, balancer: null, first: null, reason, peers: [] }
}

/** What the balancer itself chooses; undefined where it left the choice to turns. */
function chooseByRequest(upstream: Upstream, x: Exchange): Peer | undefined {
  const turns = () => upstream.list.map(({ currentWeight }) => currentWeight).join()
  const before = turns()
  try {
    const chosen = upstream.choose(x, NONE_TRIED)
    return chosen instanceof Promise || turns() !== before ? undefined : chosen
  } catch {
    // A variable that only a real connection has.
    return undefined
  }
}

function explainPeer({ settings }: Peer): ExplainedPeer {
  const { name, weight, maxConns, maxFails, failTimeout, backup, down } = settings
  const state = down ? 'down' : backup ? 'backup' : 'up'
  return { name, weight, state, maxConns, maxFails, failTimeout }
}

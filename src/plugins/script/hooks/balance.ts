import type { Awaitable, Exchange, Peer, Peers } from 'gateway/plugin'
import type { Deployment } from '../deployment.ts'
import { answerFailure, type FailureCode } from '../failure.ts'
import { beside } from '../occasion.ts'
import { ExchangeRequest } from '../request-view.ts'
import { ScriptRun } from '../script-run.ts'

type Choice = Peer | 'done' | undefined

/**
 * The `balance` hook: chooses among the peers of the upstream a request is forwarded to. It is asked
 * for every attempt, and leaves the choice to the upstream's balancer where it says nothing.
 */
export function balance(
  x: Exchange,
  peers: Peers,
  tried: ReadonlySet<Peer>,
  deployment: Deployment,
): Awaitable<Choice> {
  if (deployment.record) return deployment.record.choosePeer(x, peers, tried)
  if (!deployment.has('balance') || peers.list.length < 2) return undefined
  const refused = deployment.enter()
  if (refused) return failed(x, deployment, refused)
  let found: string | undefined
  let failure: FailureCode | undefined
  const verdict = new ScriptRun(beside(x), deployment, {
    hook: 'balance',
    values: [described(peers, tried)],
    request: new ExchangeRequest(x, deployment.settings, 'head'),
    found: (address) => {
      found = address
    },
    refuse: (code) => {
      failure = code
      return 'done'
    },
  }).start()
  return verdict instanceof Promise ? verdict.then(choose) : choose()

  function choose(): Awaitable<Choice> {
    if (x.aborted) return 'done'
    if (failure) return failed(x, deployment, failure)
    if (found === undefined) return undefined
    const peer = peers.list.find(({ name }) => name === found)
    // It may have failed since the script saw it.
    if (peer) return peers.usable(peer, tried) ? peer : undefined
    deployment.tell(x, 'error', `script_bad_peer ${JSON.stringify(found.slice(0, EXCERPT))}`)
    return failed(x, deployment, 'script_bad_peer')
  }
}

/** Characters of a text that is no peer, as far as they are logged. */
const EXCERPT = 60

function failed(x: Exchange, deployment: Deployment, code: FailureCode): Awaitable<Choice> {
  if (deployment.settings.onError === 'open') return undefined
  return answerFailure(x, code, deployment.retryAfter(code))
}

/** JSON of the peers, as `Peer` of `gateway/script` has them. */
function described(peers: Peers, tried: ReadonlySet<Peer>): string {
  return JSON.stringify(
    peers.list.map((peer) => ({
      name: peer.settings.server,
      address: peer.name,
      weight: peer.settings.weight,
      active: peer.active,
      backup: peer.settings.backup,
      up: peers.usable(peer, tried),
    })),
  )
}

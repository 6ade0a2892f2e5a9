import type { Awaitable, Exchange, Verdict } from 'gateway/plugin'
import type { Deployment } from '../deployment.ts'
import { ExchangeRequest } from '../request-view.ts'
import { Rewriting } from '../rewriting.ts'
import { ask } from './ask.ts'

/** Which scripts have been asked about a request. */
const asked = new WeakMap<Exchange, Set<Deployment>>()

/**
 * The `request` hook: answers a request, makes another one of it, or leaves it as it is. It is asked
 * once for a request, so that what it has made of that is not given to it again.
 */
export function request(x: Exchange, deployment: Deployment): Awaitable<Verdict> {
  if (!deployment.has('request') || !isFirst(x, deployment)) return 'next'
  const view = new ExchangeRequest(x, deployment.settings)
  const rewriting = new Rewriting(x, view.url, deployment.settings.limits.requestBody)
  const verdict = ask(x, deployment, view, {
    hook: 'request',
    rewritten: (wanted, whose) => rewriting.take(wanted, whose),
  })
  const apply = (each: Verdict) => (each === 'next' ? rewriting.apply() : each)
  return verdict instanceof Promise ? verdict.then(apply) : apply(verdict)
}

function isFirst(x: Exchange, deployment: Deployment): boolean {
  const known = asked.get(x)
  if (known?.has(deployment)) return false
  if (known) known.add(deployment)
  else asked.set(x, new Set([deployment]))
  return true
}

import type { Exchange, Verdict } from 'gateway/plugin'
import type { Deployment } from '../deployment.ts'
import { ExchangeRequest } from '../request-view.ts'
import { ask } from './ask.ts'

/** The `access` hook: refuses a request with an answer, or lets it pass. */
export function access(x: Exchange, deployment: Deployment): Verdict | Promise<Verdict> {
  if (!deployment.has('access')) return 'next'
  return ask(x, deployment, new ExchangeRequest(x, deployment.settings), { hook: 'access' })
}

import type { Exchange, Verdict } from 'gateway/plugin'
import type { Deployment } from '../deployment.ts'
import { handlerAnswer } from '../handler-answer.ts'
import { ExchangeRequest } from '../request-view.ts'
import { ask } from './ask.ts'

/** The `fetch` hook: answers a request, itself or by what the location's handler answers. */
export function fetch(x: Exchange, deployment: Deployment): Verdict | Promise<Verdict> {
  if (!deployment.has('fetch')) return 'next'
  const { settings } = deployment
  const request = new ExchangeRequest(x, settings)
  return ask(x, deployment, request, {
    hook: 'fetch',
    next: async (asked) => {
      await request.settleBody()
      return handlerAnswer(x, asked, settings.limits.requestBody)
    },
  })
}

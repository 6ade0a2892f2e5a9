import type { Exchange, Sink } from 'gateway/plugin'
import type { Deployment } from '../deployment.ts'
import { ResponseFilter } from '../response-filter.ts'

/** The `response` hook: looks at what the location answers, and may answer something else. */
export function response(x: Exchange, next: Sink, deployment: Deployment): Sink {
  if (!deployment.has('response') || x.parent) return next
  return new ResponseFilter(x, next, deployment)
}

import { describeChangedBody, type Exchange, type Head, isOfType, type Sink } from 'gateway/plugin'
import type { SubFilterSettings } from './settings.ts'
import { SubstitutingSink } from './substituting-sink.ts'

/** Replaces texts of a response that is of one of the types. */
export function subFilter(x: Exchange, next: Sink, settings: SubFilterSettings): Sink {
  const head = x.head as Head
  if (head.length === 0 || !isOfType(head, settings.types)) return next
  const wanted = settings.wanted(x)
  if (!wanted) return next
  describeChangedBody(head, x.parent ? 'kept' : settings.validators)
  const bodyless = x.method === 'HEAD' || head.status === 204 || head.status === 304
  return bodyless ? next : new SubstitutingSink(x, next, wanted, settings.times)
}

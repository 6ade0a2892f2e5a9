import { describeChangedBody, type Exchange, type Head, isOfType, type Sink } from 'gateway/plugin'
import type { SsiSettings } from './settings.ts'
import { SsiSink } from './ssi-sink.ts'

/** Carries out the commands of a response that is of one of the types. */
export function ssi(x: Exchange, next: Sink, settings: SsiSettings): Sink {
  const head = x.head as Head
  if (head.length === 0 || !isOfType(head, settings.types)) return next
  describeChangedBody(head, x.parent ? 'kept' : settings.validators)
  const bodyless = x.method === 'HEAD' || head.status === 204 || head.status === 304
  return bodyless ? next : new SsiSink(x, next, settings)
}

import {
  type ConfigOf,
  describeChangedBody,
  type Exchange,
  type Head,
  isOfType,
  type Sink,
} from 'gateway/plugin'
import { AddingSink } from './adding-sink.ts'
import type { directives } from './directives.ts'

/** Adds to a successful response of a client's own request. */
export function addition(x: Exchange, next: Sink, config: ConfigOf<typeof directives>): Sink {
  const head = x.head as Head
  if (head.status !== 200 || x.parent || !isOfType(head, config.addition_types)) return next
  describeChangedBody(head, 'kept')
  if (x.method === 'HEAD') return next
  return new AddingSink(x, next, config.add_before_body, config.add_after_body)
}

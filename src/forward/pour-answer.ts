import { clock } from '../base/clock.ts'
import type { Exchange } from '../kernel/exchange/exchange.ts'
import type { UpstreamConnection } from '../kernel/upstream/upstream-connection.ts'
import type { Head } from '../wire/head.ts'
import { Fields } from '../wire/http1/fields.ts'
import { answerHead } from './answer-head.ts'
import type { ForwardOptions } from './forward-options.ts'
import { PacedSink } from './paced-sink.ts'
import { Pourer } from './pourer.ts'
import type { PeerAnswer } from './protocol.ts'
import type { Steering } from './steering.ts'

/** Sends the head of a peer's answer on; what is returned takes the body. */
export function pourAnswer<C>(
  x: Exchange,
  answer: PeerAnswer,
  steering: Steering,
  options: ForwardOptions<C>,
  connection: UpstreamConnection,
): Pourer {
  const head = answerHead(answer, steering, options)
  // Only where chunks are read trailers can follow.
  if (options.passesTrailer && answer.length === undefined) head.trailers = new Fields()
  options.edit?.(x, head)
  return pourerOf(x, head, options, connection)
}

/** An answer waits for a slow client, unless it goes out as it comes, or is read slowly. */
function pourerOf<C>(
  x: Exchange,
  head: Head,
  options: ForwardOptions<C>,
  connection: UpstreamConnection,
): Pourer {
  const { limitRate, readTimeout, spooling } = options
  const sink = x.send(head)
  if (head.flush) return new Pourer(x, sink, connection, readTimeout, undefined)
  const rate = limitRate?.(x) ?? 0
  if (rate <= 0) return new Pourer(x, sink, connection, readTimeout, spooling)
  const paced = new PacedSink(x, sink, { rate, after: 0, since: clock.now })
  return new Pourer(x, paced, connection, readTimeout, undefined)
}

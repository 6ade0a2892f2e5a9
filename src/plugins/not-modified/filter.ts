import { type Exchange, type Head, Replacement, replaceByStatus, type Sink } from 'gateway/plugin'
import { type Comparison, evaluate } from './conditions.ts'

/** Turns a 200 whose conditions do not hold into a 304 without body, or a 412 page. */
export function notModified(
  x: Exchange,
  next: Sink,
  { if_modified_since }: { readonly if_modified_since: Comparison },
): Sink {
  const head = x.head as Head
  // As in nginx, what a peer answered it has decided itself: a PUT it carried out is no 412.
  if (head.status !== 200 || x.parent || x.attempts) return next
  switch (evaluate(x.headers, head, if_modified_since)) {
    case 'send':
      return next
    case 'not modified':
      // Nothing of the body is wanted, so a file need not be read.
      head.seek?.([])
      describeNothing(head)
      return new Replacement(next, undefined)
    case 'failed':
      return replaceByStatus(x, next, 412)
  }
}

/** The fields that describe a body go; ETag, Last-Modified and caching fields stay. */
function describeNothing(head: Head): void {
  head.status = 304
  head.reason = undefined
  head.type = undefined
  head.length = undefined
  head.ranges = false
  head.fields.delete('content-encoding')
}

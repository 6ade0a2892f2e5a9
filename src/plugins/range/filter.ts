import { type Exchange, type Head, parseHttpDate, replaceByStatus, type Sink } from 'gateway/plugin'
import { MultiPart } from './multi-part.ts'
import { parseRanges } from './parse.ts'
import { SinglePart } from './single-part.ts'

/** Cuts a 200 response down to the ranges its request asks for. */
export function range(
  x: Exchange,
  next: Sink,
  { max_ranges }: { readonly max_ranges: number },
): Sink {
  const head = x.head as Head
  if (!head.ranges || head.status !== 200 || max_ranges === 0 || x.version < 10) return next
  const { length } = head
  if (length === undefined || x.parent) return next
  const field = x.headers.get('range')
  const parts =
    field !== undefined && /^bytes=./i.test(field) && holds(x.headers.get('if-range'), head)
      ? parseRanges(field, length, max_ranges)
      : 'ignore'
  if (parts === 'ignore') {
    head.fields.set('Accept-Ranges', 'bytes')
    return next
  }
  if (parts === 'unsatisfiable') {
    const refusal = replaceByStatus(x, next, 416)
    head.fields.set('Content-Range', `bytes */${length}`)
    return refusal
  }
  head.status = 206
  head.reason = undefined
  const [only] = parts
  if (!only || parts.length > 1) return new MultiPart(next, parts, length)
  head.fields.set('Content-Range', `bytes ${only.start}-${only.end - 1}/${length}`)
  head.length = only.end - only.start
  if (!head.seek) return new SinglePart(next, only)
  head.seek(parts)
  return next
}

/** Whether an If-Range field, an entity tag or a date, names the response that would be sent. */
function holds(field: string | undefined, head: Head): boolean {
  if (field === undefined) return true
  if (field.endsWith('"')) return field === head.fields.get('etag')
  const { modified = parseHttpDate(head.fields.get('last-modified') ?? '') } = head
  return modified !== undefined && parseHttpDate(field) === modified
}

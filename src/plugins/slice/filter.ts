import { type Exchange, type Head, replaceByStatus, type Sink } from 'gateway/plugin'
import { describeSlice } from './content-range.ts'
import { SliceSink } from './slice-sink.ts'
import { slicingOf } from './slicing.ts'

const BAD_GATEWAY = 502

/** Makes the whole of an answer whose first slice has come; what is no slice passes as it is. */
export function slice(x: Exchange, next: Sink): Sink {
  const slicing = slicingOf(x)
  const head = x.head as Head
  if (!slicing || x.parent || head.status !== 206) return next
  const range = describeSlice(head, slicing)
  if (typeof range === 'string') {
    x.log('error', range)
    return replaceByStatus(x, next, BAD_GATEWAY)
  }
  head.status = 200
  head.reason = undefined
  head.length = range.total
  head.fields.delete('content-range')
  head.fields.delete('accept-ranges')
  // As in nginx, several ranges are not worth a slice each: they get the whole.
  head.ranges = !x.headers.get('range')?.includes(',')
  if (!head.ranges) head.fields.set('Accept-Ranges', 'bytes')
  return new SliceSink(x, next, slicing, range)
}

import type { Exchange, Head, Sink } from 'gateway/plugin'
import { ImageSink, isRefusal } from './image-sink.ts'
import type { ImageSettings } from './settings.ts'

/** Looks at images, or changes them, as they pass. */
export function imageFilter(x: Exchange, next: Sink, settings: ImageSettings): Sink {
  const head = x.head as Head
  // Its own refusal passes, or it would be refused for being no image.
  if (head.status === 304 || isRefusal(x)) return next
  head.ranges = false
  head.fields.delete('accept-ranges')
  head.fields.delete('refresh')
  if (x.method === 'HEAD') {
    // There are no bytes that could tell.
    head.length = undefined
    return next
  }
  const { length } = head
  if (length === undefined || length <= settings.most) return new ImageSink(x, next, settings)
  x.log('error', `image filter: too big response: ${length}`)
  head.seek?.([])
  return new ImageSink(x, next, settings, 'refused')
}

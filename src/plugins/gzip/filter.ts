import { addVary, type Exchange, type Head, isOfType, type Sink, weakenEtag } from 'gateway/plugin'
import { acceptsGzip } from './accepts.ts'
import { GzipSink } from './gzip-sink.ts'
import type { GzipSettings } from './settings.ts'

/** Compresses a response if it is worth it and the client takes it. */
export function gzip(x: Exchange, next: Sink, settings: GzipSettings): Sink {
  const head = x.head as Head
  if (!settings.compresses || !isWorth(head, settings)) return next
  if (settings.vary) addVary(head, 'Accept-Encoding')
  if (!acceptsGzip(x, head, settings)) return next
  head.fields.add('Content-Encoding', 'gzip')
  head.fields.delete('accept-ranges')
  head.ranges = false
  weakenEtag(head)
  if (x.method !== 'HEAD') return new GzipSink(x, next, settings.states)
  // What a GET would get, but for the length, which only compressing would tell.
  head.length = undefined
  return next
}

function isWorth(head: Head, settings: GzipSettings): boolean {
  const { status, length } = head
  if (status !== 200 && status !== 403 && status !== 404) return false
  if (length !== undefined && length < settings.minLength) return false
  if (!isOfType(head, settings.types)) return false
  return !head.fields.get('content-encoding')
}

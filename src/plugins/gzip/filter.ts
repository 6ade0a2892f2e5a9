import type { Exchange, Head, Sink } from 'gateway/plugin'
import { acceptsGzip } from './accepts.ts'
import { GzipSink } from './gzip-sink.ts'
import type { GzipSettings } from './settings.ts'

/** Compresses a response if it is worth it and the client takes it. */
export function gzip(x: Exchange, next: Sink, settings: GzipSettings): Sink {
  const head = x.head as Head
  if (!isWorth(head, settings)) return next
  if (settings.vary) head.fields.add('Vary', 'Accept-Encoding')
  if (!acceptsGzip(x, head, settings)) return next
  head.fields.add('Content-Encoding', 'gzip')
  head.fields.delete('accept-ranges')
  head.ranges = false
  weaken(head)
  if (x.method !== 'HEAD') return new GzipSink(x, next, settings.states)
  // What a GET would get, but for the length, which only compressing would tell.
  head.length = undefined
  return next
}

function isWorth(head: Head, settings: GzipSettings): boolean {
  const { status, length } = head
  if (status !== 200 && status !== 403 && status !== 404) return false
  if (length !== undefined && length < settings.minLength) return false
  if (!hasType(head.type, settings.types)) return false
  return !head.fields.get('content-encoding')
}

function hasType(type: string | undefined, types: ReadonlySet<string>): boolean {
  if (type === undefined) return false
  if (types.has(type) || types.has('*')) return true
  const end = type.indexOf(';')
  return types.has((end < 0 ? type : type.slice(0, end)).trim().toLowerCase())
}

/** The bytes change, so a strong entity tag becomes a weak one. */
function weaken(head: Head): void {
  const etag = head.fields.get('etag')
  if (etag === undefined || etag.startsWith('W/')) return
  if (etag.startsWith('"')) head.fields.set('ETag', `W/${etag}`)
  else head.fields.delete('etag')
}

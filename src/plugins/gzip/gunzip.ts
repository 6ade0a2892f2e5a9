import { createGunzip } from 'node:zlib'
import {
  addVary,
  describeChangedBody,
  type Exchange,
  type Head,
  type Sink,
  TransformSink,
} from 'gateway/plugin'
import { acceptsGzip } from './accepts.ts'
import type { GzipSettings } from './settings.ts'

/** Uncompresses a response for a client that does not take it compressed. */
export function gunzip(x: Exchange, next: Sink, settings: GzipSettings): Sink {
  const head = x.head as Head
  const encoding = head.fields.get('content-encoding')
  if (!settings.uncompresses || encoding?.toLowerCase() !== 'gzip') return next
  if (settings.vary) addVary(head, 'Accept-Encoding')
  if (acceptsGzip(x, head, settings)) return next
  head.fields.delete('content-encoding')
  describeChangedBody(head, 'kept')
  const bodyless = x.method === 'HEAD' || head.status === 204 || head.status === 304
  return bodyless ? next : new TransformSink(next, createGunzip({ chunkSize: settings.block }))
}

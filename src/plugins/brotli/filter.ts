import { createBrotliCompress } from 'node:zlib'
import {
  addVary,
  describeChangedBody,
  type Exchange,
  type Head,
  isOfType,
  namesCoding,
  type Sink,
  TransformSink,
} from 'gateway/plugin'
import { countRatio } from './ratio.ts'
import type { BrotliSettings } from './settings.ts'

const STATUSES: ReadonlySet<number> = new Set([200, 403, 404])

/** Compresses a response if it is worth it and the client takes it. */
export function brotli(x: Exchange, next: Sink, settings: BrotliSettings): Sink {
  const head = x.head as Head
  if (!isWorth(head, settings)) return next
  if (varies(x)) addVary(head, 'Accept-Encoding')
  if (x.parent || !namesCoding(x.headers.get('accept-encoding') ?? '', 'br')) return next
  head.fields.add('Content-Encoding', 'br')
  describeChangedBody(head, 'kept')
  if (x.method === 'HEAD') return next
  const stream = createBrotliCompress(settings.options)
  countRatio(x, stream)
  return new TransformSink(next, stream)
}

function isWorth(head: Head, { minLength, types }: BrotliSettings): boolean {
  const { length, status } = head
  if (!STATUSES.has(status) || (length !== undefined && length < minLength)) return false
  return isOfType(head, types) && !head.fields.get('content-encoding')
}

/** As in ngx_brotli, `gzip_vary` is for all compression. */
function varies({ location }: Exchange): boolean {
  const gzip = location.configs.get('gzip') as { readonly gzip_vary?: boolean } | undefined
  return gzip?.gzip_vary === true
}

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
import type { ZstdSettings } from './settings.ts'

const STATUSES: ReadonlySet<number> = new Set([200, 403, 404])

/** Compresses a response if it is worth it and the client takes it. */
export function zstd(x: Exchange, next: Sink, { minLength, open, types }: ZstdSettings): Sink {
  const head = x.head as Head
  const { length, status } = head
  if (!STATUSES.has(status) || (length !== undefined && length < minLength)) return next
  if (!isOfType(head, types) || head.fields.get('content-encoding')) return next
  if (varies(x)) addVary(head, 'Accept-Encoding')
  if (x.parent || !namesCoding(x.headers.get('accept-encoding') ?? '', 'zstd')) return next
  head.fields.add('Content-Encoding', 'zstd')
  describeChangedBody(head, 'kept')
  return x.method === 'HEAD' ? next : new TransformSink(next, open())
}

/** `gzip_vary` is for all compression. */
function varies({ location }: Exchange): boolean {
  const gzip = location.configs.get('gzip') as { readonly gzip_vary?: boolean } | undefined
  return gzip?.gzip_vary === true
}

import { type Exchange, type Head, isOfType, mainOf, type Sink } from 'gateway/plugin'
import { RecodingSink } from './recoding-sink.ts'
import type { CharsetSettings } from './settings.ts'

const NAMED = /;\s*charset="?([^";\s]*)"?/i
/** As in nginx: old browsers took the charset of a redirect for that of the next page. */
const REDIRECTS: ReadonlySet<number> = new Set([301, 302])

/** Names the charset of a response, and converts it where that is not its own. */
export function charset(x: Exchange, next: Sink, settings: CharsetSettings): Sink {
  const head = x.head as Head
  if (head.type === undefined) return next
  const own = NAMED.exec(head.type)?.[1]
  const wanted = x.parent ? charsetOfMain(x) : wantedFor(x, head, own, settings)
  if (wanted === undefined || wanted === '') return next
  const source = own ?? settings.source_charset?.render(x)
  if (source === undefined || source.toLowerCase() === wanted.toLowerCase()) {
    name(x, head, wanted)
    return next
  }
  if (head.fields.get('content-encoding')) return next
  const recoder = settings.recoder(source, wanted)
  if (!recoder) {
    x.log('error', `no "charset_map" between the charsets "${source}" and "${wanted}"`)
    return next
  }
  name(x, head, wanted)
  // What is kept or joined later is of the same length only where bytes stand for bytes.
  if ([source, wanted].some((each) => each.toLowerCase() === 'utf-8')) head.length = undefined
  const bodyless = x.method === 'HEAD' || head.status === 204 || head.status === 304
  return bodyless ? next : new RecodingSink(next, recoder())
}

function wantedFor(
  x: Exchange,
  head: Head,
  own: string | undefined,
  settings: CharsetSettings,
): string | undefined {
  const isMeant =
    own === undefined ? isOfType(head, settings.charset_types) : settings.override_charset
  return isMeant ? settings.charset?.render(x) : undefined
}

/** What is put into a page is in the charset of the page. */
function charsetOfMain(x: Exchange): string | undefined {
  return NAMED.exec(mainOf(x).head?.type ?? '')?.[1]
}

function name({ parent }: Exchange, head: Head, charset: string): void {
  if (parent || head.type === undefined) return
  const plain = head.type.replace(NAMED, '')
  head.type = REDIRECTS.has(head.status) ? plain : `${plain}; charset=${charset}`
}

import { type Fields, Head } from 'gateway/plugin'

/** A head as it crosses, in JSON; null stands for undefined. */
interface HeadParts {
  readonly status: number
  readonly reason: string | null
  readonly type: string | null
  readonly length: number | null
  readonly modified: number | null
  readonly ranges: boolean
  readonly flush: boolean
  /** Name, value, name, value…. */
  readonly fields: readonly string[]
  readonly trailers: readonly string[] | null
}

/** A head as text. */
export function headText(head: Head): string {
  return JSON.stringify({
    status: head.status,
    reason: head.reason ?? null,
    type: head.type ?? null,
    length: head.length ?? null,
    modified: head.modified ?? null,
    ranges: head.ranges,
    flush: head.flush,
    fields: head.fields.list,
    trailers: head.trailers?.list ?? null,
  } satisfies HeadParts)
}

/** The head that a text of our own making stands for. */
export function headOf(text: string, makeFields: (list: string[]) => Fields): Head {
  const parts = JSON.parse(text) as HeadParts
  const head = new Head(parts.status, makeFields([...parts.fields]))
  head.reason = parts.reason ?? undefined
  head.type = parts.type ?? undefined
  head.length = parts.length ?? undefined
  head.modified = parts.modified ?? undefined
  head.ranges = parts.ranges
  head.flush = parts.flush
  head.trailers = parts.trailers ? makeFields([...parts.trailers]) : undefined
  return head
}

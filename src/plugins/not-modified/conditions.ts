import { type Head, parseHttpDate, type ReadonlyFields } from 'gateway/plugin'

/** How `if_modified_since` compares. */
export type Comparison = 'off' | 'exact' | 'before'

/** What the conditions of a request make of a response. */
export type Outcome = 'send' | 'not modified' | 'failed'

/** Evaluates the conditions of a request against a response of status 200, in nginx's order. */
export function evaluate(request: ReadonlyFields, head: Head, comparison: Comparison): Outcome {
  const unmodifiedSince = request.get('if-unmodified-since')
  if (unmodifiedSince !== undefined && !isUnmodified(unmodifiedSince, head)) return 'failed'
  const match = request.get('if-match')
  if (match !== undefined && !matches(match, head.fields.get('etag'), 'strong')) return 'failed'
  const modifiedSince = request.get('if-modified-since')
  const noneMatch = request.get('if-none-match')
  if (modifiedSince === undefined && noneMatch === undefined) return 'send'
  if (modifiedSince !== undefined && isModified(modifiedSince, head, comparison)) return 'send'
  if (noneMatch !== undefined && !matches(noneMatch, head.fields.get('etag'), 'weak')) return 'send'
  return 'not modified'
}

function isUnmodified(since: string, head: Head): boolean {
  const date = parseHttpDate(since)
  return head.modified !== undefined && date !== undefined && date >= head.modified
}

function isModified(since: string, head: Head, comparison: Comparison): boolean {
  if (head.modified === undefined || comparison === 'off') return true
  const date = parseHttpDate(since)
  if (date === head.modified) return false
  return comparison === 'exact' || date === undefined || date < head.modified
}

/** Whether a list of entity tags names this one (RFC 9110 section 8.8.3.2). */
function matches(list: string, etag: string | undefined, how: 'strong' | 'weak'): boolean {
  if (list === '*') return true
  if (etag === undefined) return false
  const wanted = how === 'weak' ? opaque(etag) : etag
  for (const [tag] of list.matchAll(/(?:W\/)?"[^"]*"|[^\s,"][^\s,]*/g)) {
    if ((how === 'weak' ? opaque(tag) : tag) === wanted) return true
  }
  return false
}

function opaque(tag: string): string {
  return tag.startsWith('W/') ? tag.slice(2) : tag
}

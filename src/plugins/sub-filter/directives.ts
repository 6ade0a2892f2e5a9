import { directive, type Entry, flag, mimeTypes, type Template } from 'gateway/plugin'

const scopes = ['http', 'server', 'location'] as const

/** nginx's limit. */
const MOST_PATTERNS = 255

/** A text that is looked for, whatever its case, and what is put in its place. */
export interface Substitution {
  readonly pattern: Template
  readonly replacement: Template
}

export const directives = {
  sub_filter: directive<readonly Substitution[]>({
    in: scopes,
    default: [],
    doc: 'Replaces one text in responses by another; letters match in either case, and both may hold variables. May stand several times: of patterns that match at one place the first counts.',
    usage: 'string replacement',
    min: 2,
    max: 2,
    kind: 'template',
    repeat: true,
    read: readSubstitution,
  }),
  sub_filter_last_modified: flag({
    in: scopes,
    default: false,
    doc: 'Whether Last-Modified stays, and ETag as a weak one; otherwise both are removed.',
  }),
  sub_filter_once: flag({
    in: scopes,
    default: true,
    doc: 'Whether each text is replaced once, or wherever it stands.',
  }),
  sub_filter_types: mimeTypes(['text/html'], {
    in: scopes,
    doc: 'MIME types in which texts are replaced besides text/html; * stands for all.',
  }),
}

function readSubstitution(
  entry: Entry,
  before: readonly Substitution[] = [],
): readonly Substitution[] {
  const [pattern = '', replacement = ''] = entry.args
  if (pattern === '') return entry.fail('empty search pattern')
  if (before.length === MOST_PATTERNS) {
    return entry.fail(`number of search patterns exceeds ${MOST_PATTERNS}`)
  }
  return [...before, { pattern: entry.template(pattern), replacement: entry.template(replacement) }]
}

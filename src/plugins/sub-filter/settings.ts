import type { ConfigOf, Exchange, MimeTypes, Template, Validators } from 'gateway/plugin'
import type { directives, Substitution } from './directives.ts'
import { Search } from './search.ts'

/** What is looked for in one response, and what is put there. */
export interface Wanted {
  readonly search: Search
  /** By the numbers of the search's patterns. */
  readonly replacements: readonly Template[]
}

/** What the filter asks of its directives, in the form it asks for it. */
export interface SubFilterSettings {
  readonly types: MimeTypes
  readonly validators: Validators
  readonly times: 'once' | 'always'
  /** Undefined where all patterns are empty. */
  readonly wanted: (x: Exchange) => Wanted | undefined
}

export function settle(config: ConfigOf<typeof directives>): SubFilterSettings | undefined {
  const { sub_filter: list } = config
  if (list.length === 0) return undefined
  const isFixed = list.every(({ pattern }) => pattern.constant !== undefined)
  const fixed = isFixed ? wantedOf(list, (pattern) => pattern.constant ?? '') : undefined
  return {
    types: config.sub_filter_types,
    validators: config.sub_filter_last_modified ? 'kept' : 'dropped',
    times: config.sub_filter_once ? 'once' : 'always',
    wanted: fixed ? () => fixed : (x) => wantedOf(list, (pattern) => pattern.render(x)),
  }
}

function wantedOf(
  list: readonly Substitution[],
  render: (pattern: Template) => string,
): Wanted | undefined {
  const found = list
    .map(({ pattern, replacement }) => ({ text: render(pattern), replacement }))
    .filter(({ text }) => text !== '')
  if (found.length === 0) return undefined
  return {
    search: new Search(found.map(({ text }) => text)),
    replacements: found.map(({ replacement }) => replacement),
  }
}

import type { Directive, Directives, Entry } from 'gateway/plugin'
import type { BlockEntry } from './block-entry.ts'

/** Values of a record's directives, by word. */
export type Values = Readonly<Record<string, readonly Entry[]>>

/** What the directives in a `script` come to, read as those of a location are; throws what is wrong. */
export function valuesOf(directives: Directives, written: readonly BlockEntry[]): Values {
  const values: Record<string, readonly Entry[]> = {}
  for (const [word, { initial }] of Object.entries(directives)) values[word] = initial
  for (const each of written) {
    const directive = directives[each.name]
    if (!directive) {
      const known = Object.keys(directives).join(', ')
      const hint = known === '' ? 'it has none' : `it has ${known}`
      return each.fail('is no directive of this plugin', hint)
    }
    const entry = shaped(directive, each)
    const before = values[entry.name]
    const isFirst = before === directive.initial
    if (!isFirst && !directive.repeat && !directive.sequence) return entry.fail('is set twice')
    const value = directive.read(entry, isFirst ? undefined : before)
    for (const word of wordsOf(directives, directive)) values[word] = value
  }
  return values
}

/** Words that fold into one value. */
function wordsOf(directives: Directives, directive: Directive<unknown>): string[] {
  const { sequence } = directive
  return Object.keys(directives).filter((word) => {
    const other = directives[word]
    return other === directive || (sequence !== undefined && other?.sequence === sequence)
  })
}

function shaped({ scopes, shape }: Directive<unknown>, written: BlockEntry): BlockEntry {
  if (!scopes.includes('location')) return written.fail('does not stand in a location')
  const isBlock = shape.kind === 'block'
  const entry = isBlock ? written : written.asParameters
  const { length } = entry.args
  if (length < shape.min || length > shape.max || isBlock !== (entry.block !== undefined)) {
    return entry.fail('is written in another way', `${entry.name} ${shape.usage}`)
  }
  return entry
}

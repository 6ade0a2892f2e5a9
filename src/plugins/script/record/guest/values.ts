import { type AnyPlugin, ConfigError, type Directive } from 'gateway/plugin'
import { RecordOp } from '../../../../../sandbox/border/ops.ts'
import type { GivenEntries, GivenEntry, GivenMark } from '../given.ts'
import { ask } from './channel.ts'
import { RecordEntry } from './entry.ts'

/** The values of a record's directives: read where they occur, else what they are initially. */
export function valuesOf(plugin: AnyPlugin, entries: GivenEntries): Record<string, unknown> {
  const directives: Readonly<Record<string, Directive<unknown>>> = plugin.directives ?? {}
  const read = new Map<Directive<unknown>, unknown>()
  for (const [word, directive] of Object.entries(directives)) {
    const given = entries[word]
    if (given) read.set(directive, fold(directives, directive, given))
  }
  return Object.fromEntries(
    Object.entries(directives).map(([word, directive]) => [
      word,
      read.has(directive) ? read.get(directive) : directive.initial,
    ]),
  )
}

/** Reads occurrences of a word, and tells whether that comes to what it is initially. */
export function isInitial(
  plugin: AnyPlugin,
  word: string,
  entries: readonly GivenEntry[],
): boolean {
  const directives: Readonly<Record<string, Directive<unknown>>> = plugin.directives ?? {}
  const directive = directives[word] as Directive<unknown>
  return Object.is(fold(directives, directive, entries), directive.initial)
}

/** In a sequence, each word has its own reader. */
function fold(
  directives: Readonly<Record<string, Directive<unknown>>>,
  directive: Directive<unknown>,
  entries: readonly GivenEntry[],
): unknown {
  let value: unknown
  for (const entry of entries) {
    const reader = directive.sequence ? (directives[entry.name] ?? directive) : directive
    value = refusing(entry, () => reader.read(new RecordEntry(entry), value))
  }
  return value
}

/** A `ConfigError` that a record throws by itself becomes the host's. */
function refusing(entry: GivenEntry, read: () => unknown): unknown {
  try {
    return read()
  } catch (error) {
    if (error instanceof ConfigError) refuse(entry, error)
    throw error
  }
}

function refuse({ name, number }: GivenEntry, { hint, mark, message }: ConfigError): void {
  const place = (mark as Partial<GivenMark>).number
  // The host puts the directive's name before the text, as `entry.fail` does.
  const text = message.startsWith(`${name}: `) ? message.slice(name.length + 2) : message
  ask(RecordOp.refuse, place ? `${number}:${place}` : `${number}`, text, hint)
}

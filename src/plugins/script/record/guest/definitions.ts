import type { Definition, Entry } from 'gateway/plugin'
import { RecordOp } from '../../../../../sandbox/border/ops.ts'
import { ask } from './channel.ts'
import { keyOf } from './entry.ts'

/** Variables that directives define, by name. */
export const definitions = new Map<string, Definition>()

/** As natively; the host remembers what the variable has been for an exchange. */
export function defineVariable(entry: Entry, word: string, make: () => Definition): void {
  if (!word.startsWith('$')) entry.fail(`invalid variable name "${word}"`)
  const name = word.slice(1)
  // Known first of all: where the rest is refused, that alone is the error, not each use.
  ask(RecordOp.define, keyOf(entry), name, 'announced')
  const definition = make()
  definitions.set(name, definition)
  ask(RecordOp.define, keyOf(entry), name, definition.memory ?? 'remembered')
}

import { type Entry, isToken } from 'gateway/plugin'

/** A field as it is written. */
export interface AddedField {
  readonly name: string
  readonly value: string
  /** Whether it is added whatever the status. */
  readonly always: boolean
}

/** Reads `name value [always]`. */
export function readField(entry: Entry): AddedField {
  const [name = '', value = '', word] = entry.args
  if (!isToken(name)) return entry.fail(`"${name}" is not a field name`)
  if (word !== undefined && word !== 'always') return entry.fail(`"${word}" is not "always"`)
  return { name, value, always: word === 'always' }
}

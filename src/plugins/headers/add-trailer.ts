import { type Entry, mayTrail, type Template } from 'gateway/plugin'
import { readField } from './added-field.ts'
import { addedList } from './added-list.ts'

/** One `add_trailer`. */
export interface Trailer {
  readonly name: string
  readonly value: Template
  /** Whether it is added whatever the status. */
  readonly always: boolean
}

export const { add: addTrailer, inherit: addTrailerInherit } = addedList<Trailer>(
  'Adds a field behind the body of responses with a status add_header adds to, with always of all; the body is chunked then. The value is made when the body ends. Written here, none is inherited unless add_trailer_inherit says so.',
  readTrailer,
)

function readTrailer(entry: Entry): Trailer | undefined {
  const { name, value, always } = readField(entry)
  if (!mayTrail(name.toLowerCase())) {
    entry.warn(`"${name}" cannot stand behind a body and is not added`)
    return undefined
  }
  return { name, value: entry.template(value), always }
}

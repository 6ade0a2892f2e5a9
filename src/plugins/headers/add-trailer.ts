import { directive, mayTrail, type Template } from 'gateway/plugin'
import { common, readField } from './added-field.ts'

/** One `add_trailer`. */
export interface Trailer {
  readonly name: string
  readonly value: Template
  /** Whether it is added whatever the status. */
  readonly always: boolean
}

export const addTrailer = directive<readonly Trailer[]>({
  ...common,
  doc: 'Adds a field behind the body of responses with a status add_header adds to, with always of all; the body is chunked then. The value is made when the body ends. Written here, none is inherited.',
  read: (entry, before = []) => {
    const { name, value, always } = readField(entry)
    if (!mayTrail(name.toLowerCase())) {
      entry.warn(`"${name}" cannot stand behind a body and is not added`)
      return before
    }
    return [...before, { name, value: entry.template(value), always }]
  },
})

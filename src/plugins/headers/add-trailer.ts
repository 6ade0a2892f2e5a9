import { directive, isToken, mayTrail, type Template } from 'gateway/plugin'

/** One `add_trailer`. */
export interface Trailer {
  readonly name: string
  readonly value: Template
  /** Whether it is added whatever the status. */
  readonly always: boolean
}

export const addTrailer = directive<readonly Trailer[]>({
  in: ['http', 'server', 'location', 'if'],
  default: [],
  doc: 'Adds a field behind the body of responses with a status add_header adds to, with always of all; the body is chunked then. The value is made when the body ends. Written here, none is inherited.',
  usage: 'name value [always]',
  min: 2,
  max: 3,
  kind: 'template',
  repeat: true,
  read: (entry, before = []) => {
    const [name = '', value = '', word] = entry.args
    if (!isToken(name)) return entry.fail(`"${name}" is not a field name`)
    if (word !== undefined && word !== 'always') return entry.fail(`"${word}" is not "always"`)
    if (!mayTrail(name.toLowerCase())) {
      entry.warn(`"${name}" cannot stand behind a body and is not added`)
      return before
    }
    return [...before, { name, value: entry.template(value), always: word === 'always' }]
  },
})

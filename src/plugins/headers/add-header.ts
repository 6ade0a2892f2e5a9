import { type Entry, type Head, parseHttpDate, type Template } from 'gateway/plugin'
import { readField } from './added-field.ts'
import { addedList } from './added-list.ts'

/** One `add_header`. */
export interface Addition {
  readonly name: string
  /** Undefined: the empty text, which removes fields that stand once and adds nothing else. */
  readonly value: Template | undefined
  /** Whether it is added whatever the status. */
  readonly always: boolean
  /** How a value of this field is put into a head. */
  readonly apply: (head: Head, value: string) => void
}

/** Fields the kernel writes by itself; another one would break the framing of the response. */
const OF_THE_CONNECTION: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'keep-alive',
  'transfer-encoding',
])

export const { add: addHeader, inherit: addHeaderInherit } = addedList<Addition>(
  'Adds a field to responses with status 200, 201, 204, 206, 301, 302, 303, 304, 307 or 308, with always to all. Written here, none is inherited unless add_header_inherit says so.',
  readAddition,
)

function readAddition(entry: Entry): Addition | undefined {
  const { name, value, always } = readField(entry)
  if (OF_THE_CONNECTION.has(name.toLowerCase())) {
    entry.warn(`"${name}" belongs to the connection and is not added`)
    return undefined
  }
  // A line feed at the end would only keep the field from being sent.
  const text = value.replace(/[\r\n]+$/, '')
  const template = text === '' ? undefined : entry.template(text)
  return { name, value: template, always, apply: wayOf(name) }
}

/** Some fields stand once and are replaced, the others are added to those that are there. */
function wayOf(name: string): Addition['apply'] {
  switch (name.toLowerCase()) {
    case 'last-modified':
      return setLastModified
    case 'content-type':
      return setType
    case 'etag':
      return (head, value) => {
        if (value === '') head.fields.delete('etag')
        else head.fields.set(name, value)
      }
    default:
      return (head, value) => {
        if (value !== '') head.fields.add(name, value)
      }
  }
}

function setLastModified(head: Head, value: string): void {
  head.modified = parseHttpDate(value)
  if (value === '' || head.modified !== undefined) head.fields.delete('last-modified')
  else head.fields.set('Last-Modified', value)
}

function setType(head: Head, value: string): void {
  if (value !== '') head.type = value
}

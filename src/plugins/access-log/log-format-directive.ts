import { directive, type Entry } from 'gateway/plugin'
import { ESCAPES, type Escape } from './escape.ts'
import { type Format, textFormat } from './format.ts'
import { type Field, jsonFormat } from './json-format.ts'
import { standardFields } from './predefined.ts'

/** Formats by name. */
export type Formats = ReadonlyMap<string, Format>

export const logFormat = directive<Formats>({
  in: ['http'],
  default: new Map(),
  doc: 'Names a format of access logs: text with variables, whose values are escaped for a log line (default), for JSON (json) or not at all (none). With as=json each line is a JSON object of the fields named, or of those of the format json.',
  usage: 'name [escape=default|json|none] string ... | name as=json [key=value] ...',
  min: 2,
  max: 256,
  kind: 'template',
  repeat: true,
  read: (entry, before = new Map()) => {
    const [name = '', ...words] = entry.args
    if (name === 'combined' || before.has(name)) entry.fail(`the duplicate format "${name}"`)
    return new Map([...before, [name, readFormat(entry, words)]])
  },
})

function readFormat(entry: Entry, words: readonly string[]): Format {
  const [first = '', ...rest] = words
  if (first === 'as=json') return jsonFormat(readFields(entry, rest))
  if (!first.startsWith('escape=')) return text(entry, words, 'default')
  const how = ESCAPES.find((word) => word === first.slice('escape='.length))
  return text(entry, rest, how ?? entry.fail(`"${first}" is not one of ${ESCAPES.join(', ')}`))
}

function text(entry: Entry, words: readonly string[], how: Escape): Format {
  return textFormat(words, how, (name) => entry.variable(name))
}

function readFields(entry: Entry, words: readonly string[]): readonly Field[] {
  if (words.length === 0) return standardFields((name) => entry.variable(name))
  return words.map((word) => {
    const equals = word.indexOf('=')
    if (equals < 1) return entry.fail(`"${word}" is not key=value`)
    const source = word.slice(equals + 1)
    const value = entry.template(source)
    return { key: word.slice(0, equals), source, get: (x) => value.render(x) }
  })
}

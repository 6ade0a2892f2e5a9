import {
  type Definition,
  defineVariable,
  directive,
  type Exchange,
  type Template,
} from 'gateway/plugin'
import { readTable, type Table } from './table.ts'

/** A variable whose value is looked up by that of a string. */
export const map = directive<true | undefined>({
  in: ['http'],
  default: undefined,
  doc: 'Defines a variable by the value of a string. Each line is a value, in any case, or a regular expression (`~` or `~*`), and what the variable is then, which may hold variables; `default` is everything else. With `hostnames` before them, lines may be `*.example.com`, `.example.com` and `www.example.*`. It is computed when it is first used, and with `volatile` each time. A leading backslash takes the meaning from `default`, `include` and the like.',
  usage: 'string $variable { ... }',
  min: 2,
  max: 2,
  kind: 'block',
  lines: 'pairs',
  repeat: true,
  read: (entry) => {
    const [text = '', word = ''] = entry.args
    const source = entry.template(text)
    defineVariable(entry, word, () => lookup(source, readTable(entry)))
    return true
  },
})

function lookup(source: Template, { values, hostnames, memory }: Table): Definition {
  const get = (x: Exchange) => {
    const text = source.render(x)
    const value = values.find(x, hostnames && text.endsWith('.') ? text.slice(0, -1) : text)
    return value === undefined ? '' : value.render(x)
  }
  return { get, memory }
}

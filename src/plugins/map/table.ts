import { byteString, type Entry, type Memory, type Node, type Template } from 'gateway/plugin'
import { MapValues } from './values.ts'

/** What a `map` block says. */
export interface Table {
  readonly values: MapValues
  /** A dot at the end of the source does not count. */
  readonly hostnames: boolean
  readonly memory: Memory
}

/** Reads the lines of a block. */
export function readTable(entry: Entry): Table {
  const values = new MapValues()
  let hostnames = false
  let memory: Memory = 'remembered'
  for (const node of entry.block ?? []) {
    const line = entry.at(node.mark)
    // As in nginx, the word counts for the lines behind it.
    if (isFlag(node, 'hostnames')) hostnames = true
    else if (isFlag(node, 'volatile')) memory = 'volatile'
    else readLine(line, node, values, hostnames)
  }
  return { values, hostnames, memory }
}

function isFlag({ name, args, block }: Node, word: string): boolean {
  return name === word && !block && (args.length === 0 || (args.length === 1 && args[0] === 'on'))
}

function readLine(line: Entry, node: Node, values: MapValues, hostnames: boolean): void {
  const { name, args, block } = node
  if (args.length !== 1 || block) line.fail('invalid number of the map parameters')
  const pattern = /^~(\*?)(.*)$/s.exec(name)
  // The expression comes first: the value may use its groups.
  const regex = pattern && line.regex(pattern[2] ?? '', pattern[1] === '*' ? 'i' : '')
  const value = line.template(args[0] ?? '')
  if (regex) values.addRegex(regex, value)
  else if (name === 'default') setDefault(line, values, value)
  else addKey(line, values, byteString(name.replace(/^\\/, '')), value, hostnames)
}

function setDefault(line: Entry, values: MapValues, value: Template): void {
  if (values.default) line.fail('duplicate default map parameter')
  values.default = value
}

function addKey(
  line: Entry,
  values: MapValues,
  key: string,
  value: Template,
  hostnames: boolean,
): void {
  const kind = hostnames ? wildcardOf(key) : 'exact'
  if (kind === undefined) line.fail(`invalid hostname or wildcard "${key}"`)
  else if (!values.add(kind, key, value)) line.fail(`conflicting parameter "${key}"`)
}

/** How a key is written: `.example.com`, `*.example.com`, `www.example.*`, or a plain name. */
function wildcardOf(key: string): 'exact' | 'domain' | 'suffix' | 'prefix' | undefined {
  if (key.includes('..') || key.includes('\0') || key.split('*').length > 2) return undefined
  if (key.length > 1 && key.startsWith('.')) return 'domain'
  if (key.length > 2 && key.startsWith('*.')) return 'suffix'
  if (key.length > 2 && key.endsWith('.*')) return 'prefix'
  return key.includes('*') ? undefined : 'exact'
}

import { readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

/** A module of the public API, by its declaration files in `dist`. */
export interface ApiModule {
  readonly files: readonly string[]
  /** What is not exported and lies in this folder is part of it where something mentions it. */
  readonly within?: string
}

/** One file, taken apart. */
interface Declarations {
  /** By name; functions may have several. */
  readonly own: ReadonlyMap<string, readonly string[]>
  /** Files that names come from. */
  readonly imported: ReadonlyMap<string, string>
  readonly exported: readonly string[]
}

const STRING_OR_COMMENT = /('(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g
const NAMED =
  /^(?:export )?(?:declare )?(?:abstract )?(?:class|interface|type|function|const) (\w+)/
/** Of this package alone. */
const FROM = /^(?:import|export) (?:type )?\{([^}]*)\} from '(\.[^']+)'/

/**
 * All declarations of a module as text, without comments and private members, in the order of their
 * names: the same however sources are laid out and explained.
 */
export function declarationsOf({ files, within }: ApiModule, dist: string): string {
  const read = (file: string) => parse(readFileSync(join(dist, file), 'utf8'), file)
  const found = new Map<string, readonly string[]>()
  const take = (name: string, file: string): void => {
    if (found.has(name)) return
    const { imported, own } = read(file)
    const [from, texts] = [imported.get(name), own.get(name)]
    if (!texts) {
      if (from === undefined) throw new Error(`${file} declares no ${name}`)
      take(name, from)
      return
    }
    found.set(name, texts)
    if (within === undefined) return
    for (const [word] of texts.join('\n').matchAll(/\b[A-Z]\w+/g)) {
      if (own.has(word)) take(word, file)
      else if (imported.get(word)?.startsWith(within)) take(word, imported.get(word) ?? '')
    }
  }
  for (const file of files) for (const name of read(file).exported) take(name, file)
  const names = [...found.keys()].sort()
  return names.map((name) => `${found.get(name)?.join('\n')}\n`).join('\n')
}

function parse(text: string, file: string): Declarations {
  const own = new Map<string, string[]>()
  const imported = new Map<string, string>()
  const exported: string[] = []
  // Files of types alone, which nobody imports, declare what is there for everybody.
  const isGlobal = !/^export /m.test(text)
  for (const statement of statementsOf(text)) {
    const [, name] = NAMED.exec(statement) ?? []
    if (name !== undefined) {
      own.set(name, [...(own.get(name) ?? []), tidy(statement)])
      if (isGlobal || statement.startsWith('export')) exported.push(name)
      continue
    }
    const [, list = '', path = ''] = FROM.exec(statement) ?? []
    for (const each of list.split(',')) {
      const word = each.trim().replace(/^type /, '')
      if (word === '') continue
      imported.set(word, relative('.', join(dirname(file), path)).replace(/\.ts$/, '.d.ts'))
      if (statement.startsWith('export')) exported.push(word)
    }
  }
  return { own, imported, exported }
}

/** A statement begins at the left margin; what closes one does, too. */
function statementsOf(text: string): string[] {
  const lines = text.replace(STRING_OR_COMMENT, (_, string?: string) => string ?? '').split('\n')
  const statements: string[] = []
  for (const line of lines.map((each) => each.trimEnd()).filter((each) => each !== '')) {
    if (/^[^\s})\]|>]/.test(line)) statements.push(line)
    else statements.push(`${statements.pop() ?? ''}\n${line}`)
  }
  return statements
}

function tidy(statement: string): string {
  return statement
    .split('\n')
    .filter((line) => !/^\s+(?:#private|private )/.test(line))
    .join('\n')
    .replace(/^(?:export )?(?:declare )?/, '')
    .replaceAll(/;$/gm, '')
    .replaceAll(/^( +)/gm, (indent) => indent.replaceAll('    ', '  '))
}

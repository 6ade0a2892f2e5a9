import { ConfigError } from '../kernel/directive/mark.ts'
import { LexError, splitDirectives } from './lexer.ts'
import type { SourceReader } from './source-reader.ts'
import { type At, COMMAND_LINE, type RawPair } from './tree.ts'

/**
 * Reads what `-g` gives: YAML (`daemon: off`, `{ daemon: off, pid: x }`) or nginx's own spelling
 * (`daemon off; pid x;`). Returns the index of its source.
 */
export function readGlobals(reader: SourceReader, text: string): number {
  if (/^\s*(\{|-\s|["']?\w+["']?\s*:(\s|$))/.test(text)) return reader.text(COMMAND_LINE, text)
  return reader.pairs(COMMAND_LINE, text, (source) => directives(text, [source, 1, 1]))
}

function directives(text: string, at: At): RawPair[] {
  const mark = { file: COMMAND_LINE, line: 1, column: 1 }
  try {
    const found = splitDirectives(text)
    if (found.some((words) => words.some((word) => /^[{}]|\w\{$/.test(word)))) {
      throw new ConfigError(mark, 'block directives are not supported in the -g option')
    }
    const open = found.pop()
    if (open?.length !== 0) {
      throw new ConfigError(mark, 'unexpected end of parameter, expecting ";" in command line')
    }
    return found.map(([name, ...words]) => {
      if (name === undefined) throw new ConfigError(mark, 'unexpected ";" in command line')
      return { key: { text: name, at }, value: { words, at } }
    })
  } catch (error) {
    if (error instanceof LexError) throw new ConfigError(mark, error.message, error.hint)
    throw error
  }
}

import type { SourceReader } from './source-reader.ts'
import { COMMAND_LINE } from './tree.ts'

/**
 * Reads what `-g` gives: YAML (`daemon: off`, `{ daemon: off, pid: x }`) or nginx's own spelling
 * (`daemon off; pid x;`). Returns the index of its source.
 */
export function readGlobals(reader: SourceReader, text: string): number {
  const yaml = /^\s*(\{|-\s|["']?\w+["']?\s*:(\s|$))/.test(text)
  return reader.text(COMMAND_LINE, text, yaml ? 'yaml' : 'nginx')
}

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { excerpt } from '../config/excerpt.ts'

/** The place of a frame: `at name (file:///a.ts:1:2)`, `at /a.ts:1:2`. */
const FRAME = /\(?((?:file:\/\/)?\/[^\s()]+):(\d+):(\d+)\)?$/
/** Code of the gateway itself, and of packages, is not what a plugin's author looks for. */
const FOREIGN = /\/node_modules\/|\/\.gateway\//

/** What an error says, without the frames of the gateway, and the line of ours it comes from. */
export function describeError(error: unknown, program: string): string {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
  const lines = stack.split('\n').filter((line) => !fileOf(line)?.startsWith(program))
  const place = lines.map((line) => frameOf(line)).find((frame) => frame !== undefined)
  return [...lines, ...(place ? ['', ...place] : [])].join('\n').trimEnd()
}

function frameOf(line: string): string[] | undefined {
  const file = fileOf(line)
  const [, , row, column] = FRAME.exec(line) ?? []
  if (file === undefined || FOREIGN.test(file)) return undefined
  try {
    const mark = { file, line: Number(row), column: Number(column) }
    return [`${file}:${row}:${column}`, ...excerpt(readFileSync(file, 'utf8'), mark)]
  } catch {
    // A file that is not there any more.
    return undefined
  }
}

function fileOf(line: string): string | undefined {
  const [, path] = FRAME.exec(line) ?? []
  return path?.startsWith('file:') ? fileURLToPath(path) : path
}

import type { Mark } from '../kernel/directive/mark.ts'

/** The longest part of a line that is shown. */
const WIDTH = 100

/** The line of a mark with its number, and a caret below; empty where the text has no such line. */
export function excerpt(text: string, mark: Mark): string[] {
  const line = text.split(/\r?\n/, mark.line)[mark.line - 1]
  if (line === undefined) return []
  // A tab or another control character would move the caret.
  const clean = line.replace(/\p{Cc}/gu, ' ')
  const start = mark.column > WIDTH - 20 ? mark.column - 1 - WIDTH / 2 : 0
  const shown = clean.slice(start, start + WIDTH).trimEnd()
  const number = `${mark.line}`
  const caret = ' '.repeat(mark.column - 1 - start)
  return [`  ${number} | ${shown}`, `  ${' '.repeat(number.length)} | ${caret}^`]
}

import { splitWords } from '../lexer.ts'

/** Whether a text could mean something else without YAML's quotes: one word is one word. */
export function quotesMatter(text: string): boolean {
  try {
    return splitWords(text).length !== 1
  } catch {
    return true
  }
}

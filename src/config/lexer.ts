/** A text that nginx's lexer does not take; the message is a fragment. */
export class LexError extends Error {
  /** Index of the offending character. */
  readonly index: number
  readonly hint: string | undefined

  constructor(message: string, index: number, hint?: string) {
    super(message)
    this.index = index
    this.hint = hint
  }
}

/**
 * Splits a text into arguments as nginx does: at white space; a word that starts with a quote
 * ends with the same quote; a backslash keeps the next character from meaning anything. Braces
 * are ordinary characters, since YAML has no need of them. An open `;` is refused.
 */
export function splitWords(text: string): string[] {
  const words: string[] = []
  let at = 0
  while (at < text.length) {
    const char = text[at] as string
    if (isSpace(char)) {
      at++
    } else if (char === ';') {
      throw new LexError('unexpected ";"', at, 'put quotes around text that contains one')
    } else {
      const end = wordEnd(text, at)
      const quotes = char === '"' || char === "'" ? 1 : 0
      words.push(unescaped(text.slice(at + quotes, end - quotes)))
      at = end
    }
  }
  return words
}

/** Index after the word that starts at `start`, closing quote included. */
function wordEnd(text: string, start: number): number {
  const quote = text[start]
  if (quote !== '"' && quote !== "'") return plainEnd(text, start)
  let at = start + 1
  while (at < text.length && text[at] !== quote) at += text[at] === '\\' ? 2 : 1
  if (at >= text.length) throw new LexError(`missing closing ${quote}`, start)
  const after = text[at + 1]
  // nginx lets a parenthesis follow, for `if ($a = "b")`.
  if (after !== undefined && !isSpace(after) && after !== ';' && after !== ')') {
    throw new LexError(`unexpected "${after}" after a closing quote`, at + 1)
  }
  return at + 1
}

function plainEnd(text: string, start: number): number {
  let at = start
  while (at < text.length) {
    const char = text[at] as string
    if (isSpace(char) || char === ';') break
    at += char === '\\' ? 2 : 1
  }
  return Math.min(at, text.length)
}

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  "'": "'",
  '\\': '\\',
  t: '\t',
  r: '\r',
  n: '\n',
}

/** A word without its escapes. A backslash before anything else stays: regular expressions need it. */
export function unescaped(word: string): string {
  if (!word.includes('\\')) return word
  return word.replace(/\\(["'\\trn])/g, (_, letter: string) => ESCAPES[letter] ?? letter)
}

function isSpace(char: string): boolean {
  return char === ' ' || char === '\t' || char === '\n' || char === '\r'
}

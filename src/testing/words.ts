/** Splits arguments as a configuration does: at blanks, but not inside quotes. */
export function splitWords(text: string): string[] {
  const words: string[] = []
  for (const [word] of text.matchAll(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|(?:[^\s\\]|\\.)+/gs)) {
    words.push(word.startsWith('"') || word.startsWith("'") ? unquote(word.slice(1, -1)) : word)
  }
  return words
}

function unquote(text: string): string {
  return text.replace(/\\(["'\\])/g, '$1')
}

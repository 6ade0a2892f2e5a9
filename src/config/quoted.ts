/** A word in quotes, as the lexer of both syntaxes reads it. */
export function quoted(word: string): string {
  const escaped = word
    .replace(/["\\]/g, '\\$&')
    .replace(/\t/g, '\\t')
    .replace(/\n/g, '\\n')
    .replace(/\r/g, '\\r')
  return `"${escaped}"`
}

/** What the first line of an answer says. */
export type FirstLine =
  | { readonly kind: 'missing' }
  | { readonly kind: 'value'; readonly length: number; readonly flags: number }
  /** What is wrong with it. */
  | { readonly kind: 'wrong'; readonly text: string }

/** Reads `VALUE key flags length [cas]` or `END`, for the key that was asked. */
export function readFirstLine(line: string, key: string): FirstLine {
  if (line === 'END') return { kind: 'missing' }
  const parts = /^VALUE (\S+) (\d{1,10}) (\d{1,12})(?: \d+)?$/.exec(line)
  if (!parts) return { kind: 'wrong', text: 'response' }
  if (parts[1] !== key) return { kind: 'wrong', text: 'key in response' }
  return { kind: 'value', flags: Number(parts[2]), length: Number(parts[3]) }
}

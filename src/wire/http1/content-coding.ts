const PATTERNS = new Map<string, RegExp>()

/**
 * Whether an Accept-Encoding field names a coding (`gzip`, `br`) with a weight above 0. As nginx reads
 * it, a star counts for nothing.
 */
export function namesCoding(field: string, coding: string): boolean {
  if (field.startsWith(`${coding},`)) return true
  let pattern = PATTERNS.get(coding)
  if (!pattern) {
    pattern = new RegExp(`(?:^|[ ,])${coding} *(?:$|,|; *q=([01](?:\\.\\d{0,3})?) *(?:$|,))`, 'i')
    PATTERNS.set(coding, pattern)
  }
  const named = pattern.exec(field)
  if (!named) return false
  const weight = named[1]
  return weight === undefined || (Number(weight) > 0 && Number(weight) <= 1)
}

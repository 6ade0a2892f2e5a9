import type { Crossing } from '../border/crossing.ts'
import { LINE } from '../border/lines.ts'

const NAME = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/
/** What a value is trimmed of, and what it cannot have. */
const UNUSUAL = /^[\t ]|[\t ]$|[\0\r\n\u0100-\uffff]/

/** The first of so many lines that is not a field's name or value as Headers keeps it. */
export function badField(text: string, count: Crossing): number | undefined {
  if (typeof count !== 'number') return 0
  // No more of them than were told, which is what the guest pays for.
  const lines = text === '' ? [] : text.split(LINE, count + 1)
  if (lines.length !== count || lines.length % 2 !== 0) return 0
  for (let i = 0; i < lines.length; i += 2) {
    if (!NAME.test(lines[i] as string) || UNUSUAL.test(lines[i + 1] as string)) return i
  }
  return undefined
}

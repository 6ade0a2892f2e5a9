import type { Exchange } from 'gateway/plugin'
import { MOST_DATE } from './limits.ts'
import { strftime, type Zone } from './strftime.ts'

const USUAL = '%A, %d-%b-%Y %H:%M:%S %Z'

const formats = new WeakMap<Exchange, string>()

/** From here on dates in this page are written so (`config timefmt`). */
export function setDateFormat(x: Exchange, format: string): void {
  formats.set(x, format)
}

/** `$date_local` and `$date_gmt`. */
export function dateOf(x: Exchange, zone: Zone): string | undefined {
  const text = strftime(formats.get(x) ?? USUAL, Date.now(), zone)
  return text === '' || text.length > MOST_DATE ? undefined : text
}

import { Buffer } from 'node:buffer'
import type { Stats } from 'node:fs'

/** The entity tag of a file as nginx makes it: its last change in seconds and its size, in hex. */
export function etagOf({ mtimeMs, size }: Pick<Stats, 'mtimeMs' | 'size'>): string {
  const bytes = Buffer.from(
    `"${Math.floor(mtimeMs / 1000).toString(16)}-${size.toString(16)}"`,
    'latin1',
  )
  // One piece of memory instead of the pieces it was put together from: it may be kept for long.
  return bytes.latin1Slice(0, bytes.length)
}

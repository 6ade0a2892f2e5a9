import { Buffer } from 'node:buffer'
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'

const LINE_FEED = 0x0a
const NOTHING = Buffer.alloc(0)
const NEW_LINE = Buffer.from('\n')

/** The end of a log file that may be the middle of a line, because a write has failed. */
export interface TornLine {
  /** What is missing of the line, with its line feed; empty where this process tore none. */
  readonly rest: Buffer
  /** The file's size then, in bytes. */
  readonly size: number
}

/** Of a file of which another process may have torn a line: how it ends has to be looked at. */
export const UNKNOWN_END: TornLine = { rest: NOTHING, size: 0 }

/** What a write of `bytes` leaves behind that failed after `written` of them. */
export function tear(
  fd: number,
  bytes: Buffer,
  written: number,
  before: TornLine | undefined,
): TornLine {
  const isWhole = written === 0 || bytes[written - 1] === LINE_FEED
  if (isWhole) return before && written === 0 ? before : UNKNOWN_END
  const end = bytes.indexOf(LINE_FEED, written)
  // A copy: the memory is used again for other lines.
  const rest = Buffer.from(bytes.subarray(written, end < 0 ? bytes.length : end + 1))
  return { rest, size: sizeOf(fd) }
}

/**
 * What has to stand before the next line: the rest of the one that was torn, as long as nobody
 * has appended to the file since; else a line feed, if it does not end in one.
 */
export function mend(fd: number, { rest, size: before }: TornLine): Buffer {
  const size = sizeOf(fd)
  if (rest.length > 0 && size === before) return rest
  if (size === 0 || endsInLineFeed(fd, size)) return NOTHING
  // While it grows, others are in the middle of writing: nothing is torn.
  return sizeOf(fd) === size ? NEW_LINE : NOTHING
}

/** 0 for what is no file. */
function sizeOf(fd: number): number {
  const stats = fstatSync(fd)
  return stats.isFile() ? stats.size : 0
}

/** True as well where it cannot be told: it is, nearly always. */
function endsInLineFeed(fd: number, size: number): boolean {
  let reader: number | undefined
  try {
    // Not by its path, which may be another file's by now.
    reader = openSync(`/proc/self/fd/${fd}`, constants.O_RDONLY)
    const last = Buffer.alloc(1)
    return readSync(reader, last, 0, 1, size - 1) === 0 || last[0] === LINE_FEED
  } catch {
    return true
  } finally {
    if (reader !== undefined) closeSync(reader)
  }
}

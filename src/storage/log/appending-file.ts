import { Buffer } from 'node:buffer'
import { closeSync, constants, fchownSync, fstatSync, openSync, writeSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { steadyTime } from '../../base/clock.ts'
import { describeSystemError } from '../../base/system-error.ts'
import { HeldLines } from './held-lines.ts'
import { mend, type TornLine, tear, UNKNOWN_END } from './torn-line.ts'

const { O_APPEND, O_CREAT, O_WRONLY } = constants
const MODE = 0o644
/** A file that cannot be written is reported at most this often, in milliseconds. */
const REPORT_EVERY = 60_000
/** Whoever has not written for so many milliseconds may not have met a full disk others did. */
const QUIET = 1000

/** How a file is appended to. */
export interface AppendOptions {
  /** Bytes held back before they are written; 0 writes at the end of each turn of the loop. */
  readonly buffer: number
  /** Milliseconds after which held back bytes are written at the latest; 0 for no limit. */
  readonly flush: number
  /** How hard what is written is compressed with gzip, 1 to 9; not at all without it. */
  readonly gzip?: number
}

/** Tells of a file that cannot be written, in one finished sentence. */
export type FailureReport = (text: string) => void

/** User and group a file belongs to, so that workers without privileges can reopen it. */
export interface FileOwner {
  readonly uid: number
  readonly gid: number
}

/**
 * A file lines are appended to, by all workers at once: it is opened with O_APPEND, so that lines
 * never mix. Nothing here throws; a line that cannot be written is lost and the failure reported.
 * One that was written in part, to a full disk, is finished or ended before the next.
 */
export class AppendingFile {
  readonly path: string
  #options: AppendOptions
  #fd: number | undefined
  readonly #held = new HeldLines()
  /** Set where a line may be torn: by this process, or while it did not write. */
  #torn: TornLine | undefined
  #wroteAt = Number.NEGATIVE_INFINITY
  #scheduled = false
  #timer: NodeJS.Timeout | undefined
  #reportedAt = Number.NEGATIVE_INFINITY
  #report: FailureReport

  constructor(path: string, options: AppendOptions, report: FailureReport) {
    this.path = path
    this.#options = options
    this.#report = report
  }

  get options(): AppendOptions {
    return this.#options
  }

  /** Writes in another way from now on. */
  set options(options: AppendOptions) {
    this.flush()
    this.#options = options
  }

  /** Appends `line`, a text or its bytes, with its line feed; now or a little later. */
  write(line: string | Uint8Array): void {
    this.#held.add(line)
    const { buffer, flush } = this.#options
    if (buffer > 0) {
      if (this.#held.size >= buffer) this.flush()
      else if (flush > 0 && !this.#timer) {
        this.#timer = setTimeout(() => this.flush(), flush)
        this.#timer.unref()
      }
    } else if (!this.#scheduled) {
      // Lines of one turn of the loop leave in one system call.
      this.#scheduled = true
      setImmediate(() => this.flush())
    }
  }

  /** Appends `line` before it returns. False: it was lost. */
  writeNow(line: string | Uint8Array): boolean {
    this.#held.add(line)
    return this.flush()
  }

  /** Writes what is held back. False: it was lost. */
  flush(): boolean {
    this.#scheduled = false
    if (this.#timer) {
      clearTimeout(this.#timer)
      this.#timer = undefined
    }
    const lines = this.#held.take()
    if (lines.length === 0 && (!this.#torn || this.#fd === undefined)) return true
    if (!this.open()) return false
    try {
      const { gzip = 0 } = this.#options
      if (gzip > 0) this.#compress(this.#fd as number, lines, gzip)
      else this.#append(this.#fd as number, lines)
      return true
    } catch (error) {
      this.#fail('write() to', error)
      return false
    }
  }

  /** Opens (and creates) the file if it is not open. False: it cannot be, which was reported. */
  open(): boolean {
    if (this.#fd !== undefined) return true
    this.#fd = this.#openFile()
    return this.#fd !== undefined
  }

  /** Opens the path anew, after the file was moved away; keeps the old one when it cannot. */
  reopen(): void {
    this.flush()
    const old = this.#fd
    const fresh = this.#openFile()
    if (fresh === undefined) return
    this.#fd = fresh
    if (this.#torn) this.#torn = UNKNOWN_END
    if (old !== undefined) closeSync(old)
  }

  /** Gives the file to a user, as the master does before its workers drop their privileges. */
  own(owner: FileOwner): void {
    if (!this.open()) return
    try {
      const fd = this.#fd as number
      const { uid, gid } = fstatSync(fd)
      if (uid !== owner.uid || gid !== owner.gid) fchownSync(fd, owner.uid, owner.gid)
    } catch (error) {
      this.#fail('chown()', error)
    }
  }

  close(): void {
    this.flush()
    if (this.#fd === undefined) return
    closeSync(this.#fd)
    this.#fd = undefined
  }

  /** Each piece is a member of its own: all that was written whole can be read. */
  #compress(fd: number, lines: Buffer, level: number): void {
    const bytes = gzipSync(lines, { level })
    for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at)
  }

  #append(fd: number, lines: Buffer): void {
    const now = steadyTime()
    if (now - this.#wroteAt > QUIET) this.#torn ??= UNKNOWN_END
    this.#wroteAt = now
    const bytes = this.#torn ? Buffer.concat([mend(fd, this.#torn), lines]) : lines
    let at = 0
    try {
      while (at < bytes.length) at += writeSync(fd, bytes, at)
    } catch (error) {
      this.#torn = tear(fd, bytes, at, this.#torn)
      throw error
    }
    this.#torn = undefined
  }

  #openFile(): number | undefined {
    try {
      return openSync(this.path, O_WRONLY | O_APPEND | O_CREAT, MODE)
    } catch (error) {
      this.#fail('open()', error)
      return undefined
    }
  }

  #fail(call: string, error: unknown): void {
    const now = steadyTime()
    if (now - this.#reportedAt < REPORT_EVERY) return
    this.#reportedAt = now
    this.#report(`${call} "${this.path}" failed ${describeSystemError(error)}`)
  }
}

import { AppendingFile, type AppendOptions, type FileOwner } from './appending-file.ts'

/** A log file; see `AppendingFile`. */
export type LogFile = AppendingFile

interface Known {
  readonly file: AppendingFile
  /** The last configuration that asked for it. */
  epoch: number
}

const known = new Map<string, Known>()
let epoch = 0
let report: (text: string) => void = () => {}

/**
 * The log file at this absolute path. There is one object for a path, whoever asks; it is opened
 * when the process begins to serve, or with its first line. Without `buffer` (bytes) lines are
 * written at the end of each turn of the loop; `flush` (milliseconds) bounds how long they wait.
 */
export function openLogFile(path: string, options: Partial<AppendOptions> = {}): LogFile {
  const wanted = {
    buffer: options.buffer ?? 0,
    flush: options.flush ?? 0,
    gzip: options.gzip ?? 0,
  }
  const found = known.get(path)
  if (!found) {
    const file = new AppendingFile(path, wanted, (text) => report(text))
    known.set(path, { file, epoch })
    return file
  }
  const { buffer, flush, gzip = 0 } = found.file.options
  if (buffer !== wanted.buffer || flush !== wanted.flush || gzip !== wanted.gzip) {
    if (found.epoch === epoch) throw conflictingUse(path)
    found.file.options = wanted
  }
  found.epoch = epoch
  return found.file
}

/** Says who tells of log files that cannot be written. */
export function onLogFailure(reporter: (text: string) => void): void {
  report = reporter
}

/** A configuration is about to be compiled: files asked for from now on are its own. */
export function beginLogFiles(): void {
  epoch++
}

/** Closes the files that only earlier configurations asked for. */
export function closeOldLogFiles(): void {
  for (const [path, each] of known) {
    if (each.epoch === epoch) continue
    each.file.close()
    known.delete(path)
  }
}

/** Opens every log file, so that it exists from the start, and gives it to its owner. */
export function createLogFiles(owner?: FileOwner): void {
  for (const { file } of known.values()) {
    if (owner) file.own(owner)
    else file.open()
  }
}

/** Opens every log file anew, after it was moved away (signal USR1). */
export function reopenLogFiles(owner?: FileOwner): void {
  for (const { file } of known.values()) {
    file.reopen()
    if (owner) file.own(owner)
  }
}

/** Writes what any log file holds back. */
export function flushLogFiles(): void {
  for (const { file } of known.values()) file.flush()
}

function conflictingUse(path: string): Error {
  return new Error(`log file "${path}" is used with two different buffer, flush or gzip settings`)
}

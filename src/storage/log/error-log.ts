import { writeSync } from 'node:fs'
import { LEVELS, type Level } from '../../base/level.ts'
import { type LogFile, onLogFailure, openLogFile } from './log-file.ts'

/** What a line of the error log tells about its request; members without a value are left out. */
export interface LogContext {
  /** Number of the client connection in this worker. */
  readonly connection?: number | undefined
  readonly client?: string | undefined
  readonly server?: string | undefined
  /** The request line as received. */
  readonly request?: string | undefined
  readonly upstream?: string | undefined
  readonly host?: string | undefined
}

/** One place lines go to, from a level on. */
export interface LogTarget {
  readonly to: LogFile | 'stderr'
  readonly level: Level
}

const SEVERITY = Object.fromEntries(LEVELS.map((level, i) => [level, i])) as Record<Level, number>
const ALERT = SEVERITY.alert
const FIELDS = ['client', 'server', 'request', 'upstream', 'host'] as const
const QUOTED: ReadonlySet<string> = new Set(['request', 'upstream', 'host'])
/** Longer texts are cut. */
const MAX_LINE = 16_384

/** An error log: where lines of which level go. A line goes to every target whose level it has. */
export class ErrorLog {
  #targets: readonly LogTarget[]
  #threshold: number

  constructor(targets: readonly LogTarget[]) {
    this.#targets = targets
    this.#threshold = thresholdOf(targets)
  }

  get targets(): readonly LogTarget[] {
    return this.#targets
  }

  /** Sends lines elsewhere from now on. */
  use(targets: readonly LogTarget[]): void {
    this.#targets = targets
    this.#threshold = thresholdOf(targets)
  }

  /** Whether a line of this level goes anywhere: ask before building a costly text. */
  enabled(level: Level): boolean {
    return SEVERITY[level] >= this.#threshold
  }

  write(level: Level, text: string, context?: LogContext): void {
    const severity = SEVERITY[level]
    if (severity < this.#threshold) return
    const line = formatLine(level, text, context)
    let lost = false
    for (const target of this.#targets) {
      if (severity < SEVERITY[target.level]) continue
      if (target.to === 'stderr') writeToStderr(line)
      else if (!target.to.writeNow(line)) lost = true
    }
    // That a log cannot be written is itself an alert; it must be readable somewhere.
    if (lost && severity >= ALERT) writeToStderr(line)
  }
}

/** Where lines go unless `error_log` or `-e` says otherwise. */
export const DEFAULT_LEVEL: Level = 'error'

/**
 * The error log of this process: for everything that is not about a request, and for requests
 * where no `error_log` is written.
 */
export const errorLog = new ErrorLog([{ to: 'stderr', level: DEFAULT_LEVEL }])

let defaultPath: string | undefined

/** Sends lines to this absolute path where no `error_log` is written (option `-e`). */
export function setDefaultErrorLog(path: string): void {
  defaultPath = path
  errorLog.use(defaultTargets())
}

/** Sends this process's lines where a configuration's main block says. */
export function useErrorLog(configured: ErrorLog): void {
  errorLog.use(configured === errorLog ? defaultTargets() : configured.targets)
}

function defaultTargets(): readonly LogTarget[] {
  const to = defaultPath === undefined ? 'stderr' : openLogFile(defaultPath)
  return [{ to, level: DEFAULT_LEVEL }]
}

onLogFailure((text) => errorLog.write('alert', text))

function thresholdOf(targets: readonly LogTarget[]): number {
  return Math.min(LEVELS.length, ...targets.map((target) => SEVERITY[target.level]))
}

function formatLine(level: Level, text: string, context: LogContext | undefined): string {
  const connection = context?.connection === undefined ? '' : `*${context.connection} `
  let line = `${timestamp()} [${level}] ${process.pid}#${process.pid}: ${connection}${printable(text)}`
  if (context) {
    for (const field of FIELDS) {
      const value = context[field]
      if (value === undefined || value === '') continue
      const shown = printable(value)
      line += QUOTED.has(field) ? `, ${field}: "${shown}"` : `, ${field}: ${shown}`
    }
  }
  return `${line.length > MAX_LINE ? line.slice(0, MAX_LINE) : line}\n`
}

/**
 * Nobody can forge a line of the log: a line feed goes on indented, other control characters are
 * escaped.
 */
function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (!/[\x00-\x1f\x7f]/.test(text)) return text
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\x00-\x1f\x7f]/g, (c) => {
    return c === '\n'
      ? '\n    '
      : `\\x${c.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`
  })
}

let stampedSecond = 0
let stamp = ''

/** Local time, `2026/11/21 07:59:26`. */
function timestamp(): string {
  const now = Date.now()
  const second = Math.floor(now / 1000)
  if (second !== stampedSecond) {
    const date = new Date(now)
    const two = (value: number) => String(value).padStart(2, '0')
    stamp =
      `${date.getFullYear()}/${two(date.getMonth() + 1)}/${two(date.getDate())} ` +
      `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
    stampedSecond = second
  }
  return stamp
}

function writeToStderr(line: string): void {
  try {
    writeSync(2, line)
  } catch {
    // Nobody is there to be told: a full or broken pipe must not stop the gateway.
  }
}

import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { excerpt } from '../../config/excerpt.ts'

/** A line that a script has written, or that was written about it. */
export interface LogLine {
  readonly level: string
  readonly text: string
}

/** What one run of a hook has used. */
export interface HookRun {
  readonly hook: string
  /** How it ended; `done` where all is well. */
  readonly verdict: string
  readonly fuel: number
  /** Processor time that this fuel stands for, in milliseconds. */
  readonly cpu: number
  /** In bytes. */
  readonly memory: number
}

/** What went wrong, and where in the script. */
export interface Failure {
  /** As in `Gateway-Error`. */
  readonly code: string
  readonly text: string
  readonly file?: string
  readonly line?: number
  readonly column?: number
}

/** What became of a request, beside its answer. */
export interface Report {
  /** In the order of their ends; none where no hook of the script took part. */
  readonly runs: readonly HookRun[]
  readonly failure: Failure | undefined
  readonly logs: readonly LogLine[]
}

const OF_SCRIPT = /^\S+ \S+ \[(\w+)\] [^:]*: (?:\*\d+ )?script "[^"]*" of tenant "[^"]*": (.*)$/
const OF_GATEWAY = /^\S+ \S+ \[(warn|error|crit|alert|emerg)\] [^:]*: (?:\*\d+ )?(.*)$/
/** What the gateway adds to a line about a request. */
const REQUEST = /, (?:id: \w+, )?client: .*$/
const RUN = /^(\w+): (\w+), (\d+) units of fuel \(([\d.]+) ms\), (\d+) bytes$/
const FAILED = /^(script_\w+) \(\d+ units of fuel\) ?(.*)$/
const PLACE = /\bat (?:[^()]*\()?([^():]+):(\d+):(\d+)/

/** Reads what a playground has logged about its one request. */
export function reportOf(log: string): Report {
  const lines = log.split('\n').flatMap(logLine)
  const failures = lines.flatMap(failureIn)
  return {
    runs: lines.flatMap(runIn),
    failure: failures[0],
    logs: lines.filter((line) => runIn(line).length === 0 && failureIn(line).length === 0),
  }
}

function logLine(line: string): LogLine[] {
  const [, level = '', text = ''] = OF_SCRIPT.exec(line) ?? OF_GATEWAY.exec(line) ?? []
  return level === '' ? [] : [{ level, text: text.replace(REQUEST, '') }]
}

function runIn({ level, text }: LogLine): HookRun[] {
  const [, hook = '', verdict = '', fuel, cpu, memory] = RUN.exec(text) ?? []
  if (level !== 'debug' || hook === '') return []
  return [{ hook, verdict, fuel: Number(fuel), cpu: Number(cpu), memory: Number(memory) }]
}

function failureIn({ level, text }: LogLine): Failure[] {
  const [, code = '', why = ''] = FAILED.exec(text) ?? []
  if (level !== 'error' || code === '') return []
  const [, file, line, column] = PLACE.exec(why) ?? []
  if (file === undefined) return [{ code, text: why }]
  return [{ code, text: why, file, line: Number(line), column: Number(column) }]
}

/** The line of the script where it failed, with a caret; empty where that is not known. */
export function codeFrame(script: string, { file, line, column }: Failure): readonly string[] {
  if (file === undefined || line === undefined || column === undefined) return []
  try {
    const path = join(dirname(script), file)
    return excerpt(readFileSync(path, 'utf8'), { file: path, line, column })
  } catch {
    // A place of the gateway's own, or in a package.
    return []
  }
}

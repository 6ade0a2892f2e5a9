import { Op } from '../border/ops.ts'
import { host } from './host.ts'
import { format, inspect } from './inspect.ts'

/** Levels of the log a console writes to. */
export type ConsoleLevel = 'debug' | 'info' | 'warn' | 'error'

const counts = new Map<string, number>()
const timers = new Map<string, number>()
let indent = ''

/** The script's console: its lines go to the log (Console Standard). */
export const console = {
  log: writer('info'),
  info: writer('info'),
  debug: writer('debug'),
  warn: writer('warn'),
  error: writer('error'),
  dir: (value: unknown) => write('info', inspect(value)),
  dirxml: writer('info'),
  table: writer('info'),
  trace(...args: unknown[]) {
    write('debug', `Trace: ${format(args)}\n${new Error().stack ?? ''}`)
  },
  assert(condition?: unknown, ...args: unknown[]) {
    if (!condition) write('error', `Assertion failed${args.length > 0 ? `: ${format(args)}` : ''}`)
  },
  group(...args: unknown[]) {
    if (args.length > 0) write('info', format(args))
    indent += '  '
  },
  groupCollapsed(...args: unknown[]) {
    console.group(...args)
  },
  groupEnd() {
    indent = indent.slice(2)
  },
  count(label = 'default') {
    const count = (counts.get(label) ?? 0) + 1
    counts.set(label, count)
    write('info', `${label}: ${count}`)
  },
  countReset(label = 'default') {
    counts.delete(label)
  },
  time(label = 'default') {
    timers.set(label, Date.now())
  },
  timeLog(label = 'default', ...args: unknown[]) {
    const since = timers.get(label)
    if (since === undefined) return
    write('info', `${label}: ${Date.now() - since}ms${args.length > 0 ? ` ${format(args)}` : ''}`)
  },
  timeEnd(label = 'default') {
    console.timeLog(label)
    timers.delete(label)
  },
  clear() {},
}

function writer(level: ConsoleLevel): (...args: unknown[]) => void {
  return (...args) => write(level, format(args))
}

function write(level: ConsoleLevel, text: string): void {
  host(Op.log, level, indent === '' ? text : indent + text.replaceAll('\n', `\n${indent}`))
}

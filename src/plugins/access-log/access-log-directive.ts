import {
  directive,
  type Entry,
  type LogFile,
  type Mark,
  openLogFile,
  readSize,
  readTime,
  type Template,
} from 'gateway/plugin'
import type { Format } from './format.ts'
import { predefined } from './predefined.ts'
import { readSyslog } from './syslog-directive.ts'
import type { SyslogServer } from './syslog-server.ts'

/** One `access_log`. */
export interface AccessLog {
  /** A file, a path with variables in it, or a server that lines are sent to. */
  readonly to: LogFile | Template | SyslogServer
  readonly formatName: string
  /** What that name stands for where no `log_format` has it. */
  readonly predefined: Format | undefined
  /** Logs only requests for which this is neither empty nor 0. */
  readonly condition: Template | undefined
  readonly mark: Mark
}

/** `off`: whatever else is written in the same block. */
const OFF: readonly AccessLog[] = Object.freeze([])

export const accessLog = directive<readonly AccessLog[]>({
  in: ['http', 'server', 'location', 'if', 'limit_except'],
  default: OFF,
  doc: 'The files requests are logged to, or servers of syslog over UDP (syslog:server=address[:port][,facility=local7][,severity=info][,tag=nginx][,nohostname]), each in a format (combined, json, or a log_format); off for none, as where it is nowhere written. With gzip a file holds compressed pieces, each of a buffer, which zcat reads.',
  usage: 'path [format [buffer=size] [gzip[=level]] [flush=time] [if=condition]] | off',
  min: 1,
  max: 7,
  kind: 'path',
  repeat: true,
  read: (entry, before = []) => {
    const [path = '', format = 'combined', ...options] = entry.args
    if (path === 'off') {
      if (entry.args.length > 1) entry.fail(`"${entry.args[1]}" after "off"`)
      return OFF
    }
    return before === OFF ? OFF : [...before, readLog(entry, path, format, options)]
  },
})

function readLog(
  entry: Entry,
  path: string,
  format: string,
  options: readonly string[],
): AccessLog {
  let buffer = 0
  let flush = 0
  let gzip = 0
  let condition: Template | undefined
  for (const option of options) {
    const [key, value] = split(option)
    if (key === 'buffer') buffer = readSize(entry, value) || entry.fail('a buffer of no size')
    else if (key === 'flush') flush = readTime(entry, value) || entry.fail('a flush time of 0')
    else if (key === 'if') condition = entry.template(value)
    else if (key === 'gzip') gzip = readLevel(entry, option, value)
    else entry.fail(`"${option}" is not one of buffer=, gzip, flush= and if=`)
  }
  if (gzip > 0 && buffer === 0) buffer = GZIP_BUFFER
  if (flush > 0 && buffer === 0) entry.fail(`flush without a buffer for "${path}"`)
  return {
    to: target(entry, path, { buffer, flush, gzip }),
    formatName: format,
    predefined: predefined(format, (name) => entry.variable(name)),
    condition,
    mark: entry.mark,
  }
}

/** What is compressed at once where nobody says how much. */
const GZIP_BUFFER = 65_536

/** `gzip` alone is the quickest level. */
function readLevel(entry: Entry, option: string, value: string): number {
  if (option === 'gzip') return 1
  return /^[1-9]$/.test(value) ? Number(value) : entry.fail(`invalid compression level "${value}"`)
}

function split(option: string): [key: string, value: string] {
  const equals = option.indexOf('=')
  return equals < 0 ? [option, ''] : [option.slice(0, equals), option.slice(equals + 1)]
}

function target(
  entry: Entry,
  path: string,
  options: { readonly buffer: number; readonly flush: number; readonly gzip: number },
): LogFile | Template | SyslogServer {
  if (path.startsWith('syslog:')) {
    if (options.buffer > 0) entry.fail('lines for syslog are neither buffered nor compressed')
    return readSyslog(entry, path.slice('syslog:'.length))
  }
  // A path that starts with a variable is relative to the prefix as well.
  const template = entry.template(entry.path(path.startsWith('$') ? `./${path}` : path, 'prefix'))
  if (template.constant === undefined) {
    if (options.buffer > 0) entry.fail('buffered logs cannot have variables in their name')
    return template
  }
  try {
    return openLogFile(template.source, options)
  } catch (error) {
    return entry.fail(error instanceof Error ? error.message : String(error))
  }
}

import type { Exchange, Place } from 'gateway/plugin'
import type { AccessLog } from './access-log-directive.ts'
import type { FileCache } from './file-cache-directive.ts'
import type { Format, LineFile } from './format.ts'
import type { Formats } from './log-format-directive.ts'
import { SyslogServer } from './syslog-server.ts'
import { VariableFiles } from './variable-files.ts'

/** Logs a request. */
export type Writer = (x: Exchange) => void

interface Config {
  readonly access_log: readonly AccessLog[]
  readonly log_format: Formats
  readonly open_log_file_cache: FileCache
}

/** What is to be done for each request of a place; undefined where nothing is logged. */
export function writersOf(config: Config, place: Place): readonly Writer[] | undefined {
  if (config.access_log.length === 0) return undefined
  return config.access_log.map((log) => {
    const format = config.log_format.get(log.formatName) ?? log.predefined
    if (!format) return place.fail(`unknown log format "${log.formatName}"`, log.mark)
    return when(log, toFile(log, format, config.open_log_file_cache))
  })
}

function toFile({ to }: AccessLog, format: Format, cache: FileCache): Writer {
  if (!('render' in to || to instanceof SyslogServer)) return format(to)
  const files = to instanceof SyslogServer ? to : new VariableFiles(to, cache)
  // The line is finished before the next request's begins, so one place to put it is enough.
  let current: Exchange
  const file: LineFile = { write: (line) => files.write(current, line) }
  const write = format(file)
  return (x) => {
    current = x
    write(x)
  }
}

/** `if=`: neither empty nor 0. */
function when({ condition }: AccessLog, write: Writer): Writer {
  if (!condition) return write
  return (x) => {
    const value = condition.render(x)
    if (value !== '' && value !== '0') write(x)
  }
}

import { definePlugin } from 'gateway/plugin'
import { accessLog } from './access-log-directive.ts'
import { openLogFileCache } from './file-cache-directive.ts'
import { logFormat } from './log-format-directive.ts'
import { writersOf } from './writers.ts'

/** Writes a line for each request, after its last byte. */
export default definePlugin({
  name: 'access-log',
  doc: 'Access logs in formats of your own, as text or as JSON.',
  transient: true,
  directives: {
    access_log: accessLog,
    log_format: logFormat,
    open_log_file_cache: openLogFileCache,
  },
  prepare: writersOf,
  log: (x, writers) => {
    for (let i = 0; i < writers.length; i++) writers[i]?.(x)
    return 'next'
  },
})

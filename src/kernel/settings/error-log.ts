import { LEVELS } from '../../base/level.ts'
import { DEFAULT_LEVEL, ErrorLog, errorLog } from '../../storage/log/error-log.ts'
import { openLogFile } from '../../storage/log/log-file.ts'
import { directive } from '../directive/readers.ts'

const REFUSED = /^(syslog|memory):/

/**
 * `error_log`: several may stand in one block, each with its own level. Lines of a request go to
 * the log of its location, everything else to that of the main block.
 */
export const errorLogDirective = directive<ErrorLog>({
  in: ['main', 'http', 'server', 'location'],
  default: errorLog,
  doc: 'Where errors are written, a file (relative to the prefix) or stderr, and from which level on.',
  usage: `file | stderr [${LEVELS.join(' | ')}]`,
  min: 1,
  max: 2,
  kind: 'path',
  repeat: true,
  read: (entry, before) => {
    const [name = '', word] = entry.args
    const level = word === undefined ? DEFAULT_LEVEL : LEVELS.find((each) => each === word)
    if (!level) return entry.fail(`"${word}" is not a level`, `write one of ${LEVELS.join(', ')}`)
    if (REFUSED.test(name)) {
      return entry.fail(`"${name}" is not supported in this version`, 'write a file, or stderr')
    }
    const to = name === 'stderr' ? name : openLogFile(entry.path(name, 'prefix'))
    return new ErrorLog([...(before?.targets ?? []), { to, level }])
  },
})

import { closeSync, constants, fstatSync, openSync, type Stats } from 'node:fs'
import { codeOf, describeSystemError, type Exchange, openable } from 'gateway/plugin'

/** An open file and what is known of it. */
export interface Found {
  readonly fd: number
  readonly stats: Stats
}

/** Without O_NONBLOCK, opening a FIFO would wait for someone to write to it. */
const FLAGS = constants.O_RDONLY | constants.O_NONBLOCK

/** Opens a file of any kind; throws what the system says. */
export function findFile(path: string): Found {
  const fd = openSync(openable(path), FLAGS)
  try {
    return { fd, stats: fstatSync(fd) }
  } catch (error) {
    closeSync(fd)
    throw error
  }
}

/** The status for a file that cannot be opened or read, reported in the error log. */
export function refuse(x: Exchange, path: string, error: unknown, call = 'open()'): number {
  const text = `${call} "${path}" failed ${describeSystemError(error)}`
  switch (codeOf(error)) {
    case 'ENOENT':
    case 'ENOTDIR':
    case 'ENAMETOOLONG':
      if (x.location.settings.log_not_found) x.log('error', text)
      return 404
    case 'EACCES':
    case 'ELOOP':
      x.log('error', text)
      return 403
    default:
      x.log('crit', text)
      return 500
  }
}

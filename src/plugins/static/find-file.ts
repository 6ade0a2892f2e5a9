import { closeSync, fstatSync, type Stats } from 'node:fs'
import { codeOf, describeSystemError, type Exchange, openFile } from 'gateway/plugin'

/** An open file and what is known of it. */
export interface Found {
  readonly fd: number
  readonly stats: Stats
}

/** Opens a file of any kind; throws what the system says. */
export function findFile(x: Exchange, path: string): Found {
  const fd = openFile(x, path)
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

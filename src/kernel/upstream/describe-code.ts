import { constants } from 'node:os'
import { describeSystemError } from '../../base/system-error.ts'

const ERRNO: Readonly<Record<string, number>> = constants.errno

/** `ECONNRESET` as nginx writes it: `(104: Connection reset by peer)`. */
export function describeCode(code: string): string {
  const errno = ERRNO[code]
  return errno === undefined ? `(${code})` : describeSystemError(-errno)
}

import { codeOf, describeSystemError, type Exchange } from 'gateway/plugin'

/** Ends what a method does with this status; thrown, and caught where it was begun. */
export class Refusal extends Error {
  readonly status: number

  constructor(status: number, text: string) {
    super(text)
    this.status = status
  }
}

/** The status for what the file system says, by nginx's rules; `missing` for what is not there. */
export function systemStatus(x: Exchange, error: unknown, missing: number): number {
  const text = describeSystemError(error)
  const { path, syscall } = error as NodeJS.ErrnoException
  const told = `${syscall ?? 'file'}() "${path ?? x.uri}" failed ${text}`
  switch (codeOf(error)) {
    case 'ENOENT':
    case 'ENOTDIR':
    case 'ENAMETOOLONG':
      x.log('error', told)
      return missing
    case 'EACCES':
    case 'EPERM':
    case 'ELOOP':
      x.log('error', told)
      return 403
    case 'EEXIST':
      x.log('error', told)
      return 405
    case 'ENOSPC':
    case 'EDQUOT':
      x.log('crit', told)
      return 507
    default:
      x.log('crit', told)
      return 500
  }
}

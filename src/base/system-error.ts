import { getSystemErrorMap } from 'node:util'

/**
 * An operating system's error as nginx prints it: `(98: Address already in use)`. Takes what Node
 * throws, or a negative errno; anything else gives its message in parentheses.
 */
export function describeSystemError(error: unknown): string {
  const errno = typeof error === 'number' ? error : errnoOf(error)
  const text = errno === undefined ? undefined : getSystemErrorMap().get(errno)?.[1]
  if (errno !== undefined && text !== undefined) {
    return `(${-errno}: ${text.charAt(0).toUpperCase()}${text.slice(1)})`
  }
  return `(${error instanceof Error ? error.message : String(error)})`
}

/** The code of an error thrown by Node (`ENOENT`), if it has one. */
export function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined
  return typeof code === 'string' ? code : undefined
}

function errnoOf(error: unknown): number | undefined {
  const errno = error instanceof Error ? (error as NodeJS.ErrnoException).errno : undefined
  return typeof errno === 'number' ? errno : undefined
}

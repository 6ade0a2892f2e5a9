import { Op } from '../border/ops.ts'
import { host } from './host.ts'
import { PlainString } from './primordials.ts'

/** An error as it crosses: never throws, whatever the thrown value is. */
export interface ErrorParts {
  readonly name: string
  readonly message: string
  readonly stack: string
}

/** Tells the host of an error that nobody waits for; it ends nothing. */
export function reportError(error: unknown): void {
  const { name, message, stack } = describe(error)
  host(Op.report, name, message, stack)
}

/** What of a thrown value is told. Its getters are the script's, so each may throw. */
export function describe(error: unknown): ErrorParts {
  if (typeof error !== 'object' || error === null) {
    return { name: 'Error', message: text(() => error), stack: '' }
  }
  const thrown = error as Partial<Error>
  return {
    name: text(() => thrown.name ?? 'Error'),
    message: text(() => thrown.message ?? ''),
    stack: text(() => thrown.stack ?? ''),
  }
}

function text(read: () => unknown): string {
  try {
    return PlainString(read())
  } catch {
    return ''
  }
}

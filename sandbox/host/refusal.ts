import { Refusal } from '../border/refusal.ts'

/** The error a script gets for a refusal, by its name in the guest. */
export type RefusalName =
  | 'TypeError'
  | 'RangeError'
  | 'Error'
  | 'SyntaxError'
  | 'AbortError'
  | 'TimeoutError'
  | 'DataError'
  | 'OperationError'
  | 'NotSupportedError'
  | 'InvalidAccessError'

interface RefusalFacts {
  readonly name: RefusalName
  readonly code: string
  readonly detail?: unknown
}

/**
 * That the host does not do what a script has asked for. Name and message cross to the script and
 * tell nothing of the host; `code` is what `gateway-error` and metrics carry; `detail` is for the
 * log. Made only in errors.ts.
 */
export class HostRefusal extends Refusal {
  readonly code: string
  readonly detail: unknown

  constructor(message: string, { name, code, detail }: RefusalFacts) {
    super(name, `${message} (${code})`)
    this.code = code
    this.detail = detail
  }
}

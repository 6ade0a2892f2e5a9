import type { Configuration } from './program.ts'

/** A listening socket a worker has inherited. */
export interface Descriptor {
  /** The address, as `Listen.key`. */
  readonly key: string
  readonly fd: number
}

/** What a worker needs to begin. */
export interface Start {
  readonly type: 'start'
  readonly configuration: Configuration
  /** Several of one address are copies of one, each to accept with. */
  readonly descriptors: readonly Descriptor[]
  /** How many workers the generation has. */
  readonly workers: number
  /** Where the workers' counters are shared, and which row is this worker's; absent: nowhere. */
  readonly counters?: { readonly fd: number; readonly row: number }
}

/**
 * Everything that is said between master and workers. `start`, `quit` (drain, then exit), `reopen`
 * (log files), `tidy` (zones, after another worker) and `profile` (the heap) go to a worker; `ready`
 * (accepts connections) and `failed` (cannot start) come from one. A master in the background says `ready` and `failed` to the command
 * that started it, too.
 */
export type Message =
  | Start
  | { readonly type: 'quit' }
  | { readonly type: 'reopen' }
  | { readonly type: 'tidy' }
  | { readonly type: 'profile' }
  | { readonly type: 'ready' }
  | { readonly type: 'failed'; readonly reasons: readonly string[] }

/** A message as it came, or undefined when it is none: other programs may share the channel. */
export function readMessage(value: unknown): Message | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const message = value as Message
  switch (message.type) {
    case 'quit':
    case 'reopen':
    case 'tidy':
    case 'profile':
    case 'ready':
      return message
    case 'failed':
      return isTexts(message.reasons) ? message : undefined
    case 'start':
      return isStart(message) ? message : undefined
    default:
      return undefined
  }
}

function isStart({ descriptors, workers, counters }: Start): boolean {
  return (
    Array.isArray(descriptors) &&
    descriptors.every((each) => typeof each?.key === 'string' && Number.isInteger(each.fd)) &&
    Number.isInteger(workers) &&
    (counters === undefined || (Number.isInteger(counters.fd) && Number.isInteger(counters.row)))
  )
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((each) => typeof each === 'string')
}

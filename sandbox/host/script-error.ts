import type { Crossing } from '../border/crossing.ts'
import type { ScriptError } from './run-events.ts'

/** What of an error's texts is kept. */
const LIMITS = { name: 100, message: 4096, stack: 8192 }

/** An error as it crossed; whatever crossed, it is three bounded texts. */
export function scriptError(name: Crossing, message: Crossing, stack: Crossing): ScriptError {
  return {
    name: cut(name, LIMITS.name),
    message: cut(message, LIMITS.message),
    stack: cut(stack, LIMITS.stack),
  }
}

/** Bytes are no text, and many times as long as one. */
function cut(value: Crossing, limit: number): string {
  return value instanceof Uint8Array ? '' : String(value).slice(0, limit)
}

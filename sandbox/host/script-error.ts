import type { Crossing } from '../border/crossing.ts'
import type { ScriptError } from './run-events.ts'

/** What of an error's texts is kept. */
const LIMITS = { name: 100, message: 4096, stack: 8192 }

/** An error as it crossed; whatever crossed, it is three bounded texts. */
export function scriptError(name: Crossing, message: Crossing, stack: Crossing): ScriptError {
  return {
    name: String(name).slice(0, LIMITS.name),
    message: String(message).slice(0, LIMITS.message),
    stack: String(stack).slice(0, LIMITS.stack),
  }
}

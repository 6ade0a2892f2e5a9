import type { Crossing, GuestHost } from '../border/crossing.ts'
import { Refusal } from '../border/refusal.ts'
import { HostFault } from './verdict.ts'

/** Asks a host. A {@link Refusal} is thrown as it is; what else it throws is a {@link HostFault}. */
export function callHost(
  host: GuestHost,
  op: number,
  a: Crossing,
  b: Crossing,
  c: Crossing,
): Crossing | Promise<Crossing> {
  try {
    return host.call(op, a, b, c)
  } catch (error) {
    if (error instanceof Refusal || isStackOverflow(error)) throw error
    throw new HostFault('the host failed', { cause: error })
  }
}

/** Node's own stack, which runs out before C's where the engine recurses with little on it. */
export function isStackOverflow(error: unknown): boolean {
  return error instanceof RangeError && error.message === 'Maximum call stack size exceeded'
}

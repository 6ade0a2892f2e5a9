import { startTimeOf } from '../../base/start-time.ts'

/**
 * A process that holds something, as text: its number, and when it began, since numbers are used
 * again. It says whose a hold is after the process was killed.
 */
export const ownHolder: string = `${process.pid}-${startTimeOf(process.pid) ?? 0}`

/** Whether the process of a holder still lives. */
export function isAlive(holder: string): boolean {
  const [pid, start] = holder.split('-')
  return holder === ownHolder || startTimeOf(Number(pid)) === start
}

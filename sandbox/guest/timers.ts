import { Op } from '../border/ops.ts'
import { host } from './host.ts'
import { max } from './primordials.ts'
import { reportError } from './report.ts'
import { forget, onSettled } from './tickets.ts'

type Callback = (...args: unknown[]) => unknown

/** As browsers have it: what is longer is none. */
const LONGEST = 2 ** 31 - 1

/** The tickets of timers that wait, by the numbers scripts know them by. */
const waiting = new Map<number, number>()
let last = 0

/** Calls `callback` later, while the run lasts. */
export function setTimeout(callback: Callback, delay = 0, ...args: unknown[]): number {
  last += 1
  const timer = last
  arm(timer, delay, () => callback(...args))
  return timer
}

/** Calls `callback` again and again, while the run lasts. */
export function setInterval(callback: Callback, delay = 0, ...args: unknown[]): number {
  last += 1
  const timer = last
  arm(timer, delay, tick)
  return timer

  function tick(): void {
    arm(timer, delay, tick)
    callback(...args)
  }
}

/** Stops a timer of either kind. */
export function clearTimer(timer?: number): void {
  const ticket = waiting.get(timer as number)
  if (ticket === undefined) return
  waiting.delete(timer as number)
  forget(ticket)
  host(Op.timerStop, timer)
}

function arm(timer: number, delay: number, callback: () => void): void {
  const milliseconds = delay <= LONGEST ? max(0, Math.trunc(Number(delay))) || 0 : 0
  const ticket = host(Op.timer, milliseconds, timer) as number
  waiting.set(timer, ticket)
  onSettled(ticket, { resolve: ring, reject: () => undefined })

  function ring(): void {
    waiting.delete(timer)
    try {
      callback()
    } catch (error) {
      reportError(error)
    }
  }
}

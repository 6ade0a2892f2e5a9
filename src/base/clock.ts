/** By this variable workers get the zero of their master's clock. */
export const CLOCK_ZERO = 'GATEWAY_CLOCK'

/**
 * Where the system's monotonic clock had its zero, in milliseconds since the epoch, when the master
 * began. All of its processes count from there, whatever is done to the system's time since.
 */
export const clockZero = Number(process.env[CLOCK_ZERO]) || Date.now() - monotonic()

/** When this process began, by that clock. */
const began = clockZero + monotonic() - performance.now()

/**
 * Milliseconds by a clock that is the same in all processes of a gateway, and that nobody sets: for
 * everything that is waited for or measured. It begins as the time since the epoch, and tells that
 * no more once the system's clock was set: what people read, and dates of files, are `Date.now()`'s.
 */
export function steadyTime(): number {
  return Math.floor(began + performance.now())
}

/**
 * `now` is the steady time as of the event being handled: looked up once for each read and sweep
 * instead of several times a request. It may lag behind by the time one handler takes, and by a
 * sweep (100 ms) where nothing is read. `now + set` is the time since the epoch, as far as the last
 * sweep knew.
 */
export const clock = { now: steadyTime(), set: 0 }

/** Called where the event loop enters the kernel. */
export function tick(): void {
  clock.now = steadyTime()
}

/** As `tick`, with each sweep: whether the system's clock was set is looked at, too. */
export function tickAll(): void {
  tick()
  clock.set = Date.now() - clock.now
}

function monotonic(): number {
  return Number(process.hrtime.bigint()) / 1e6
}

/**
 * The time as of the event being handled, in milliseconds since the epoch: looked up once for
 * each read and sweep instead of several times a request. It may lag behind `Date.now()` by the
 * time one handler takes, and by a sweep (100 ms) where nothing is read.
 */
export const clock = { now: Date.now() }

/** Called where the event loop enters the kernel. */
export function tick(): void {
  clock.now = Date.now()
}

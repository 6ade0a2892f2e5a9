/**
 * What may cross between guest and host. Bytes are copied, never shared; strings are UTF-16 as
 * JavaScript has them, NUL and lone surrogates included.
 */
export type Crossing = undefined | number | string | Uint8Array

/** A value now, or a promise of it. */
export type Awaitable<T> = T | Promise<T>

/** What one run may ask of the world outside. */
export interface GuestHost {
  /**
   * Answers one host call. A promise becomes a ticket. A {@link Refusal}, thrown or as a rejection,
   * is thrown in the guest; anything else thrown is a fault of the host and ends the run.
   */
  call(op: number, a: Crossing, b: Crossing, c: Crossing): Crossing | Promise<Crossing>
}

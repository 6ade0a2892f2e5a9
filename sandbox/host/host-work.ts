import { refusal } from '../border/refusal.ts'

/**
 * What the work of one kind costs for each byte or character: a guest pays for a crossing by its
 * length, so what takes the host longer than copying is counted here.
 */
export const WEIGHT = { utf8: 1, form: 2, legacy: 16, url: 16 } as const

/** The work a run may have the host do by itself, in weighted bytes. */
export const DEFAULT_HOST_WORK = 64 * 1024 * 1024

/** Counts what the host does for one run. */
export class HostWork {
  readonly #limit: number
  #spent = 0

  constructor(limit: number = DEFAULT_HOST_WORK) {
    this.#limit = limit
  }

  /** Pays before the work is done, or refuses it. */
  spend(length: number, kind: keyof typeof WEIGHT): void {
    this.#spent += length * WEIGHT[kind]
    if (this.#spent > this.#limit) {
      throw refusal('RangeError', 'too much work on texts and URLs for one run')
    }
  }
}

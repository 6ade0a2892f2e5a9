import { createRequire } from 'node:module'
import type { Cron as Pattern } from 'croner'

/** Five fields, or six with seconds in front, or a nickname: `@hourly`. */
const FORM = /^(?:@[a-z]+|\S+(?: +\S+){4,5})$/i

/** When something is due, by a pattern of cron, in UTC. Times are in milliseconds since 1970. */
export class Cron {
  /** As it is written. */
  readonly text: string
  readonly #pattern: Pattern

  /** Throws an error that says what is wrong with the text. */
  constructor(text: string) {
    if (!FORM.test(text)) throw new Error('a pattern has five fields, or six with seconds')
    this.text = text
    this.#pattern = new (library().Cron)(text, { timezone: 'UTC', paused: true })
    if (this.after(Date.now()) === undefined) throw new Error('such a time never comes')
  }

  /** The first time behind this one; undefined where none comes any more. */
  after(time: number): number | undefined {
    return this.#pattern.nextRun(new Date(time))?.getTime()
  }
}

/** Loaded where a configuration has a pattern. */
function library(): typeof import('croner') {
  return createRequire(import.meta.url)('croner')
}

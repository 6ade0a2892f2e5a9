import { type Exchange, mainOf } from 'gateway/plugin'
import { refusal } from '../../../../sandbox/border/refusal.ts'

/** What a record may keep for a client's request: so many texts, and characters in all. */
const MOST_NAMES = 32
const MOST_CHARACTERS = 16 * 1024

/** Texts that a record keeps for a client's request as a whole. Nobody else sees them. */
export class Remembered {
  readonly #kept = new WeakMap<Exchange, Map<string, string>>()

  get(x: Exchange, name: string): string | undefined {
    return this.#kept.get(mainOf(x))?.get(name)
  }

  set(x: Exchange, name: string, value: string): undefined {
    const main = mainOf(x)
    const kept = this.#kept.get(main) ?? new Map<string, string>()
    this.#kept.set(main, kept)
    const others = [...kept].filter(([each]) => each !== name)
    const size = others.reduce((sum, [each, text]) => sum + each.length + text.length, 0)
    if (others.length >= MOST_NAMES || size + name.length + value.length > MOST_CHARACTERS) {
      throw refusal('RangeError', `more than ${MOST_CHARACTERS} characters kept for a request`)
    }
    kept.set(name, value)
    return undefined
  }
}

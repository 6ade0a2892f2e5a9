import { type Exchange, mainOf } from 'gateway/plugin'
import { MOST_BLOCKS, MOST_INCLUDES, MOST_VARIABLES } from './limits.ts'
import { SsiError } from './ssi-error.ts'

/** What all pages that are made for one request of a client have in common. */
export class Shared {
  /** What `set` gave, by name in lower case. */
  readonly #variables = new Map<string, string>()
  /** Of the last regular expression that matched: `$0` to `$9`. */
  captures: readonly (string | undefined)[] = []
  readonly #blocks = new Map<string, string>()
  #blockBytes = 0
  #includes = 0

  /** The value of a capture or variable; undefined where there is none. */
  get(name: string): string | undefined {
    if (name.length === 1 && name >= '0' && name <= '9') return this.#capture(Number(name))
    return this.#variables.get(name.toLowerCase())
  }

  set(name: string, value: string): void {
    const key = name.toLowerCase()
    if (!this.#variables.has(key) && this.#variables.size >= MOST_VARIABLES) {
      throw new SsiError(`more than ${MOST_VARIABLES} SSI variables`)
    }
    this.#variables.set(key, value)
  }

  /** As in nginx, the first block of a name is the one that is found. */
  keepBlock(name: string, text: string): void {
    this.#blockBytes += text.length
    if (!this.#blocks.has(name)) this.#blocks.set(name, text)
  }

  /** Whether a block of so many bytes may be kept besides. */
  hasRoom(bytes: number): boolean {
    return this.#blockBytes + bytes <= MOST_BLOCKS
  }

  block(name: string): string | undefined {
    return this.#blocks.get(name)
  }

  countInclude(): void {
    if (++this.#includes > MOST_INCLUDES) throw new SsiError(`more than ${MOST_INCLUDES} includes`)
  }

  #capture(index: number): string | undefined {
    return index < this.captures.length ? (this.captures[index] ?? '') : undefined
  }
}

const known = new WeakMap<Exchange, Shared>()

/** What pages of this request and of those it is a part of share. */
export function sharedOf(x: Exchange): Shared {
  const main = mainOf(x)
  const shared = known.get(main) ?? new Shared()
  known.set(main, shared)
  return shared
}

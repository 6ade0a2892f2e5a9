import type { Head } from '../head.ts'
import type { HeadFacts } from './response-writer.ts'

/**
 * The last head that was written for something that is sent again and again, so that the next one
 * need not be put together where all that it is made of is the same.
 */
export class HeadMemo {
  #text: string | undefined
  /** Status line, Server and Date. */
  #opening = ''
  #type: string | undefined
  #length: number | undefined
  #modified: number | undefined
  #fields: readonly string[] = []
  #framing: HeadFacts['framing'] = 'none'
  #keepAlive = false
  #keepAliveHint: number | undefined

  /** The text of a head that begins with `opening`, if it is the one that was kept. */
  find(head: Head, facts: HeadFacts, opening: string): string | undefined {
    const same =
      opening === this.#opening &&
      head.type === this.#type &&
      head.length === this.#length &&
      head.modified === this.#modified &&
      facts.framing === this.#framing &&
      facts.keepAlive === this.#keepAlive &&
      facts.keepAliveHint === this.#keepAliveHint &&
      sameFields(head.fields.list, this.#fields)
    return same ? this.#text : undefined
  }

  keep(head: Head, facts: HeadFacts, opening: string, text: string): void {
    this.#text = text
    this.#opening = opening
    this.#type = head.type
    this.#length = head.length
    this.#modified = head.modified
    this.#framing = facts.framing
    this.#keepAlive = facts.keepAlive
    this.#keepAliveHint = facts.keepAliveHint
    this.#fields = [...head.fields.list]
  }
}

function sameFields(one: readonly string[], two: readonly string[]): boolean {
  if (one.length !== two.length) return false
  for (let i = 0; i < one.length; i++) if (one[i] !== two[i]) return false
  return true
}

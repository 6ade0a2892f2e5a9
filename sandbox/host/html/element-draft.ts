import { htmlExceeded } from '../errors.ts'
import { byteString, lowerCase, textOf } from './byte-text.ts'
import { attributeName, Edits, type InsertedBytes, quoted, tagName } from './edits.ts'
import type { StartTag } from './token.ts'

interface Attribute {
  readonly value: string
  /** As it is written, with its name. */
  readonly source: string
}

/** An element whose handlers are being asked: what stands in the source, and what they have done. */
export class ElementDraft {
  readonly tag: StartTag
  readonly edits: Edits
  /** The name of both tags, as a byte string, where it was changed. */
  renamed: string | undefined
  readonly #most: number
  #attributes: Map<string, Attribute> | undefined
  #isChanged = false
  #wantsEnd = false

  constructor(tag: StartTag, inserted: InsertedBytes, mostAttributes: number) {
    this.tag = tag
    this.edits = new Edits(inserted)
    this.#most = mostAttributes
  }

  /** Whether the script wants to see its end tag. */
  get wantsEnd(): boolean {
    return this.#wantsEnd
  }

  wantEnd(): void {
    this.#wantsEnd = true
  }

  rename(name: string): void {
    this.renamed = tagName(name)
    this.#isChanged = true
  }

  /** Names and values in turns, in the order of the source. */
  attributes(): string[] {
    return [...this.#all()].flatMap(([name, { value }]) => [textOf(name), textOf(value)])
  }

  attribute(name: string): string | undefined {
    const found = this.#all().get(lowerCase(byteString(name)))
    return found && textOf(found.value)
  }

  setAttribute(name: string, value: string): void {
    const key = attributeName(name)
    const source = `${key}=${quoted(value)}`
    this.#all().set(key, { value: byteString(value), source })
    if (this.#all().size > this.#most) throw htmlExceeded('attributes of an element', this.#most)
    this.#isChanged = true
  }

  removeAttribute(name: string): void {
    if (this.#all().delete(lowerCase(byteString(name)))) this.#isChanged = true
  }

  /** The start tag as it leaves; byte for byte as it came if nothing of it was changed. */
  startTag(): string {
    const { source, name, isSelfClosing } = this.tag
    if (!this.#isChanged) return source
    const attributes = [...this.#all().values()].map((attribute) => ` ${attribute.source}`)
    return `<${this.renamed ?? name}${attributes.join('')}${isSelfClosing ? ' /' : ''}>`
  }

  #all(): Map<string, Attribute> {
    this.#attributes ??= new Map(
      this.tag.attributes.map(({ name, value, source }) => [name, { value, source }]),
    )
    return this.#attributes
  }
}

import { badHtmlChange, htmlExceeded } from '../errors.ts'
import { byteString, lowerCase } from './byte-text.ts'

/** Where content goes that a script inserts; `replace` and `inner` take the place of what is there. */
export type Place = 'before' | 'after' | 'prepend' | 'append' | 'replace' | 'inner'

/** How inserted content is meant: markup, or text that must not become any. */
export type ContentType = 'html' | 'text'

/** Counts what was inserted and is not out yet. */
export class InsertedBytes {
  readonly #limit: number
  #bytes = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  add(bytes: number): void {
    this.#bytes += bytes
    if (this.#bytes > this.#limit) throw htmlExceeded('inserted content', this.#limit)
  }

  remove(bytes: number): void {
    this.#bytes -= bytes
  }
}

/** What a script has done to one piece of a document. All texts are byte strings. */
export class Edits {
  before = ''
  after = ''
  prepend = ''
  append = ''
  /** In the place of the whole, or of the content. */
  replacement: string | undefined
  inner: string | undefined
  isRemoved = false
  /** Removed, but for its content. */
  isUnwrapped = false
  readonly #inserted: InsertedBytes

  constructor(inserted: InsertedBytes) {
    this.#inserted = inserted
  }

  /** Whether content goes with it or was exchanged. */
  get dropsContent(): boolean {
    return this.isRemoved || this.inner !== undefined
  }

  /** Inserts content where Cloudflare documents it: each `after` and `prepend` goes before the last. */
  insert(place: Place, content: string, type: ContentType): void {
    const bytes = byteString(type === 'html' ? content : escaped(content))
    this.#inserted.add(bytes.length)
    switch (place) {
      case 'before':
        this.before += bytes
        break
      case 'after':
        this.after = bytes + this.after
        break
      case 'prepend':
        this.prepend = bytes + this.prepend
        break
      case 'append':
        this.append += bytes
        break
      case 'replace':
        this.replacement = bytes
        this.isRemoved = true
        break
      case 'inner':
        this.inner = bytes
        this.prepend = ''
        this.append = ''
        break
    }
  }

  /** What was inserted is out: it holds no memory any more. */
  release(): void {
    const { before, after, prepend, append, replacement = '', inner = '' } = this
    const texts = [before, after, prepend, append, replacement, inner]
    this.#inserted.remove(texts.reduce((sum, text) => sum + text.length, 0))
  }
}

/** A name that can stand in a tag, as a byte string in lower case. */
export function tagName(text: string): string {
  if (!/^[A-Za-z][^\t\n\f\r />\0]{0,254}$/.test(text)) throw badHtmlChange('this is no tag name')
  return lowerCase(byteString(text))
}

/** A name that an attribute can have, as a byte string in lower case. */
export function attributeName(text: string): string {
  if (!/^[^\t\n\f\r "'/<=>\0]{1,255}$/.test(text)) throw badHtmlChange('this is no attribute name')
  return lowerCase(byteString(text))
}

/** A value between double quotes. */
export function quoted(value: string): string {
  return `"${byteString(value).replaceAll('"', '&quot;')}"`
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

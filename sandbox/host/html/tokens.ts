import { createRequire } from 'node:module'
import type { Tokenizer, TokenizerCallbacks } from 'htmlparser2'
import { htmlExceeded } from '../errors.ts'
import { lowerCase } from './byte-text.ts'
import { ForeignContent } from './foreign.ts'
import type { HtmlLimits } from './html-limits.ts'
import type { SourceAttribute, Token } from './token.ts'

/** Elements that have no content (HTML, 13.1.2). */
const VOID: ReadonlySet<string> = new Set([
  ...['area', 'base', 'basefont', 'bgsound', 'br', 'col', 'embed', 'frame', 'hr', 'img', 'input'],
  ...['keygen', 'link', 'meta', 'param', 'source', 'track', 'wbr'],
])

interface OpenTag {
  readonly nameStart: number
  readonly name: string
  readonly attributes: SourceAttribute[]
  readonly names: Set<string>
}

/**
 * Cuts a document into tokens as it comes. The tokenizer tells where things are; what stands
 * between them is kept here, so that nothing of the source is lost.
 */
export class Tokens implements TokenizerCallbacks {
  readonly #tokenizer = makeTokenizer(this)
  readonly #limits: HtmlLimits
  readonly #foreign: ForeignContent
  #found: Token[] = []
  /** What of the source is no token yet, and where in the document it begins. */
  #held = ''
  #start = 0
  #tag: OpenTag | undefined
  #attribute = { name: '', start: 0, valueStart: 0, valueEnd: 0 }
  /** Where the name of an end tag ends whose `>` was not looked for yet. */
  #ending: { readonly name: string; readonly from: number } | undefined

  constructor(limits: HtmlLimits) {
    this.#limits = limits
    this.#foreign = new ForeignContent(limits.depth)
  }

  /** The tokens that are whole with these bytes. */
  write(bytes: string): Token[] {
    this.#held += bytes
    this.#tokenizer.write(bytes)
    this.#finishEnd()
    if (this.#held.length > this.#limits.token)
      throw htmlExceeded('a tag or comment', this.#limits.token)
    return this.#take()
  }

  /** The last tokens; what is not whole is one without meaning. */
  end(): Token[] {
    this.#tokenizer.end()
    this.#finishEnd()
    this.#other(this.#start + this.#held.length)
    return this.#take()
  }

  isInForeignContext(): boolean {
    return this.#foreign.namespace !== 'html'
  }

  ontext(start: number, end: number): void {
    this.#finishEnd()
    this.#other(start)
    const source = this.#cut(end)
    if (source !== '') this.#found.push({ kind: 'text', source })
  }

  onopentagname(start: number, end: number): void {
    this.#finishEnd()
    this.#other(start - 1)
    const name = lowerCase(this.#at(start, end))
    this.#tag = { nameStart: start, name, attributes: [], names: new Set() }
  }

  onattribname(start: number, end: number): void {
    const name = lowerCase(this.#at(start, end))
    this.#attribute = { name, start, valueStart: 0, valueEnd: 0 }
  }

  onattribdata(start: number, end: number): void {
    if (this.#attribute.valueStart === 0) this.#attribute.valueStart = start
    this.#attribute.valueEnd = end
  }

  onattribentity(): void {}

  onattribend(_quote: unknown, end: number): void {
    const { name, start, valueStart, valueEnd } = this.#attribute
    const tag = this.#tag
    // The first of a name counts (HTML, 13.2.5.33); the others stay in the source only.
    if (tag === undefined || tag.names.has(name)) return
    if (tag.names.size >= this.#limits.attributes) {
      throw htmlExceeded('attributes of an element', this.#limits.attributes)
    }
    tag.names.add(name)
    const value = valueStart === 0 ? '' : this.#at(valueStart, valueEnd)
    tag.attributes.push({ name, value, source: this.#at(start, end) })
  }

  onopentagend(end: number): void {
    this.#startTag(end + 1, 'open')
  }

  onselfclosingtag(end: number): void {
    this.#startTag(end + 1, 'self-closing')
  }

  onclosetag(start: number, end: number): void {
    this.#finishEnd()
    this.#other(start - 2)
    const name = lowerCase(this.#at(start, end))
    this.#foreign.end(name)
    this.#ending = { name, from: end }
  }

  oncomment(start: number, end: number, offset: number): void {
    this.#finishEnd()
    const text = this.#at(start, end - offset)
    this.#found.push({ kind: 'comment', source: this.#cut(end + 1), text })
  }

  oncdata(_start: number, end: number): void {
    this.#finishEnd()
    this.#found.push({ kind: 'other', source: this.#cut(end + 1) })
  }

  ondeclaration(start: number, end: number): void {
    this.#finishEnd()
    const text = this.#at(start, end)
    this.#found.push({ kind: 'doctype', source: this.#cut(end + 1), text })
  }

  onprocessinginstruction(): void {}
  ontextentity(): void {}
  onend(): void {}

  #startTag(end: number, how: 'open' | 'self-closing'): void {
    const tag = this.#tag
    if (tag === undefined) return
    this.#tag = undefined
    const { name, attributes } = tag
    const isSelfClosing = how === 'self-closing'
    const namespace = this.#foreign.start(name, isSelfClosing)
    const isVoid = namespace === 'html' ? VOID.has(name) : isSelfClosing
    const source = this.#cut(end)
    this.#found.push({ kind: 'start', source, name, namespace, isVoid, isSelfClosing, attributes })
  }

  /** The `>` of an end tag: the tokenizer says nothing of it, whatever it has skipped until there. */
  #finishEnd(): void {
    const ending = this.#ending
    if (ending === undefined) return
    const close = this.#held.indexOf('>', ending.from - this.#start)
    if (close < 0) return
    this.#ending = undefined
    const source = this.#cut(this.#start + close + 1)
    this.#found.push({ kind: 'end', source, name: ending.name })
  }

  /** What was skipped before a token. */
  #other(end: number): void {
    const source = this.#cut(end)
    if (source !== '') this.#found.push({ kind: 'other', source })
  }

  #at(start: number, end: number): string {
    return this.#held.slice(start - this.#start, end - this.#start)
  }

  #cut(end: number): string {
    const length = Math.max(0, end - this.#start)
    const source = this.#held.slice(0, length)
    this.#held = this.#held.slice(length)
    this.#start += source.length
    return source
  }

  #take(): Token[] {
    const found = this.#found
    this.#found = []
    return found
  }
}

/** Its library is loaded with the first page that is rewritten. */
function makeTokenizer(callbacks: TokenizerCallbacks): Tokenizer {
  const require = createRequire(import.meta.url)
  const library = require('htmlparser2') as typeof import('htmlparser2')
  return new library.Tokenizer({ decodeEntities: false }, callbacks)
}

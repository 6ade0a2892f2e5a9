import type { Crossing } from '../border/crossing.ts'
import type { HtmlEvent } from '../border/html-event.ts'
import { HtmlOp } from '../border/ops.ts'
import { contentTokenOver, noEndTag } from './errors.ts'
import { host } from './host.ts'
import { PlainString, parseJson } from './primordials.ts'

/** How content that is inserted is meant: as text, unless it says `html`. */
export interface ContentOptions {
  readonly html?: boolean
}

/** An event of one kind. */
type Of<Kind extends HtmlEvent['kind']> = Extract<HtmlEvent, { kind: Kind }>

/** Ends the time in which a token can be changed: its handlers have been asked. */
export let closeToken: (token: Token) => void

/** Something in a document that handlers are asked about. It can be changed while they are. */
abstract class Token {
  #rewriter: number | undefined

  constructor(rewriter: number) {
    this.#rewriter = rewriter
  }

  protected ask(op: number, b?: Crossing, c?: Crossing): Crossing {
    if (this.#rewriter === undefined) throw contentTokenOver()
    return host(op, this.#rewriter, b, c)
  }

  protected insert(place: string, content: unknown, options: ContentOptions | undefined): this {
    this.ask(HtmlOp.insert, `${place} ${options?.html ? 'html' : 'text'}`, PlainString(content))
    return this
  }

  static {
    closeToken = (token) => {
      token.#rewriter = undefined
    }
  }
}

/** A token that things can be put around, and that can go. */
abstract class Piece extends Token {
  #isRemoved = false

  get removed(): boolean {
    return this.#isRemoved
  }

  before(content: unknown, options?: ContentOptions): this {
    return this.insert('before', content, options)
  }

  after(content: unknown, options?: ContentOptions): this {
    return this.insert('after', content, options)
  }

  replace(content: unknown, options?: ContentOptions): this {
    this.#isRemoved = true
    return this.insert('replace', content, options)
  }

  remove(): this {
    return this.away('all')
  }

  protected away(extent: 'all' | 'tags'): this {
    this.ask(HtmlOp.remove, extent)
    this.#isRemoved = true
    return this
  }
}

/** What is called at the end tag of an element. */
export type EndTagHandler = (tag: EndTag) => unknown

/** An element, at its start tag. */
export class Element extends Piece {
  readonly #event: Of<'element'>
  readonly #onEnd: (handler: EndTagHandler) => void
  #name: string

  constructor(rewriter: number, event: Of<'element'>, onEnd: (handler: EndTagHandler) => void) {
    super(rewriter)
    this.#event = event
    this.#onEnd = onEnd
    this.#name = event.name
  }

  get tagName(): string {
    return this.#name
  }

  set tagName(name: string) {
    this.ask(HtmlOp.rename, PlainString(name))
    this.#name = PlainString(name)
  }

  get namespaceURI(): string {
    return this.#event.namespaceUri
  }

  get selfClosing(): boolean {
    return this.#event.isSelfClosing
  }

  get canHaveContent(): boolean {
    return this.#event.isContainer
  }

  /** Pairs of name and value, in the order of the source. */
  get attributes(): IterableIterator<[string, string]> {
    const flat: string[] = parseJson(this.ask(HtmlOp.attributes) as string)
    const pairs: [string, string][] = []
    for (let i = 0; i < flat.length; i += 2) pairs.push([flat[i] as string, flat[i + 1] as string])
    return pairs[Symbol.iterator]()
  }

  getAttribute(name: string): string | null {
    return (this.ask(HtmlOp.attribute, PlainString(name)) as string | undefined) ?? null
  }

  hasAttribute(name: string): boolean {
    return this.getAttribute(name) !== null
  }

  setAttribute(name: string, value: string): this {
    this.ask(HtmlOp.setAttribute, PlainString(name), PlainString(value))
    return this
  }

  removeAttribute(name: string): this {
    this.ask(HtmlOp.removeAttribute, PlainString(name))
    return this
  }

  prepend(content: unknown, options?: ContentOptions): this {
    return this.insert('prepend', content, options)
  }

  append(content: unknown, options?: ContentOptions): this {
    return this.insert('append', content, options)
  }

  setInnerContent(content: unknown, options?: ContentOptions): this {
    return this.insert('inner', content, options)
  }

  removeAndKeepContent(): this {
    return this.away('tags')
  }

  /** Calls `handler` once the element ends. */
  onEndTag(handler: EndTagHandler): void {
    if (!this.canHaveContent) throw noEndTag(this.#name)
    this.ask(HtmlOp.wantEnd)
    this.#onEnd(handler)
  }
}

/** The end tag of an element. */
export class EndTag extends Piece {
  #name: string

  constructor(rewriter: number, { name }: Of<'end-tag'>) {
    super(rewriter)
    this.#name = name
  }

  get name(): string {
    return this.#name
  }

  set name(name: string) {
    this.ask(HtmlOp.rewrite, PlainString(name))
    this.#name = PlainString(name)
  }
}

/** A piece of a text: as much of it as was there. */
export class TextChunk extends Piece {
  readonly #event: Of<'text'>

  constructor(rewriter: number, event: Of<'text'>) {
    super(rewriter)
    this.#event = event
  }

  get text(): string {
    return this.#event.text
  }

  get lastInTextNode(): boolean {
    return this.#event.isLast
  }
}

/** A comment. */
export class Comment extends Piece {
  #text: string

  constructor(rewriter: number, { text }: Of<'comment'>) {
    super(rewriter)
    this.#text = text
  }

  get text(): string {
    return this.#text
  }

  set text(text: string) {
    this.ask(HtmlOp.rewrite, PlainString(text))
    this.#text = PlainString(text)
  }
}

/** The declaration of the document's type. */
export class Doctype extends Token {
  readonly #event: Of<'doctype'>

  constructor(rewriter: number, event: Of<'doctype'>) {
    super(rewriter)
    this.#event = event
  }

  get name(): string | null {
    return this.#event.name
  }

  get publicId(): string | null {
    return this.#event.publicId
  }

  get systemId(): string | null {
    return this.#event.systemId
  }
}

/** The end of the document. */
export class DocumentEnd extends Token {
  append(content: unknown, options?: ContentOptions): this {
    return this.insert('append', content, options)
  }
}

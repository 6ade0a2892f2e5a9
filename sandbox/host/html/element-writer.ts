import { DOCUMENT, type HtmlEvent, type RewriterSpec } from '../../border/html-event.ts'
import { textOf } from './byte-text.ts'
import { Edits, type InsertedBytes, tagName } from './edits.ts'
import { ElementDraft } from './element-draft.ts'
import type { HtmlLimits } from './html-limits.ts'
import { type Matcher, type Reached, TagCandidate } from './matcher.ts'
import { type OpenElement, OpenElements } from './open-elements.ts'
import type { Output } from './output.ts'
import { type Pending, pendingPiece } from './pending.ts'
import type { Namespace, StartTag } from './token.ts'

/** CSS may be written in either case, and with escapes: rather count too often. */
const OF_TYPE = /type|\\/i

const NAMESPACES: Readonly<Record<Namespace, string>> = {
  html: 'http://www.w3.org/1999/xhtml',
  svg: 'http://www.w3.org/2000/svg',
  mathml: 'http://www.w3.org/1998/Math/MathML',
}

/** The elements of a document: who is asked about them, and what becomes of their tags. */
export class ElementWriter {
  readonly #spec: RewriterSpec
  readonly #limits: HtmlLimits
  readonly #matcher: Matcher
  readonly #inserted: InsertedBytes
  readonly #out: Output
  readonly #open: OpenElements
  #serial = 0

  constructor(
    spec: RewriterSpec,
    limits: HtmlLimits,
    matcher: Matcher,
    inserted: InsertedBytes,
    out: Output,
  ) {
    this.#spec = spec
    this.#limits = limits
    this.#matcher = matcher
    this.#inserted = inserted
    this.#out = out
    const asksForTypes = spec.selectors.some(({ selector }) => OF_TYPE.test(selector))
    this.#open = new OpenElements(rootOf(spec), limits, asksForTypes ? 'types' : 'children')
  }

  /** The innermost open element, or the document. */
  get top(): OpenElement {
    return this.#open.top
  }

  /** A start tag: put out now, or once the script has decided. */
  start(tag: StartTag): Pending | undefined {
    const [place, placeOfType] = this.#open.count(tag.name)
    const candidate = new TagCandidate(tag, place, placeOfType)
    const [matched, reached] = this.#matcher.match(candidate, this.top.reached)
    const handlers = matched.filter((number) => this.#spec.selectors[number]?.element === true)
    if (handlers.length === 0) {
      this.#out.put(tag.source)
      if (!tag.isVoid) this.#push(tag, matched, reached, undefined)
      return undefined
    }
    const draft = new ElementDraft(tag, this.#inserted, this.#limits.attributes)
    const serial = ++this.#serial
    return {
      event: elementEvent(tag, handlers, serial),
      edits: draft.edits,
      draft,
      finish: () => this.#begin(draft, matched, reached),
    }
  }

  /** An end tag: with it ends what is open inside of its element. */
  end(name: string, source: string): Pending | undefined {
    if (!this.#open.has(name)) {
      this.#out.put(source)
      return undefined
    }
    let element = this.#open.pop()
    for (; element.name !== name; element = this.#open.pop()) this.#endUnclosed(element)
    return this.#endClosed(element, source)
  }

  /** The document has ended, and everything in it. */
  endAll(): void {
    while (!this.#open.isEmpty) this.#endUnclosed(this.#open.pop())
  }

  #begin(draft: ElementDraft, matched: readonly number[], reached: Reached): void {
    const { tag, edits } = draft
    this.#out.put(edits.before)
    if (!edits.isRemoved && !edits.isUnwrapped) this.#out.put(draft.startTag())
    if (tag.isVoid) {
      this.#out.put(edits.replacement ?? '')
      this.#out.put(edits.after)
      edits.release()
      return
    }
    if (edits.isRemoved) this.#out.put(edits.replacement ?? '')
    else this.#out.put(edits.prepend + (edits.inner ?? ''))
    this.#push(tag, matched, reached, draft)
    if (edits.dropsContent) this.#out.mute()
  }

  #push(
    tag: StartTag,
    matched: readonly number[],
    reached: Reached,
    draft: ElementDraft | undefined,
  ): void {
    const { textHandlers, commentHandlers } = this.top
    this.#open.push({
      name: tag.name,
      reached,
      textHandlers: this.#withOwn(textHandlers, matched, 'text'),
      commentHandlers: this.#withOwn(commentHandlers, matched, 'comments'),
      draft,
      serial: this.#serial,
      children: 0,
      types: undefined,
    })
  }

  #withOwn(
    around: readonly number[],
    matched: readonly number[],
    kind: 'text' | 'comments',
  ): readonly number[] {
    if (matched.length === 0) return around
    const own = matched.filter((number) => this.#spec.selectors[number]?.[kind] === true)
    return own.length === 0 ? around : [...new Set([...around, ...own])]
  }

  #endUnclosed({ draft }: OpenElement): void {
    if (draft === undefined) return
    const { edits } = draft
    if (edits.dropsContent) this.#out.unmute()
    if (!edits.isRemoved) this.#out.put(edits.append)
    this.#out.put(edits.after)
    edits.release()
  }

  #endClosed({ draft, serial }: OpenElement, source: string): Pending | undefined {
    if (draft === undefined) {
      this.#out.put(source)
      return undefined
    }
    const { edits, renamed } = draft
    if (edits.dropsContent) this.#out.unmute()
    const isKept = !edits.isRemoved && !edits.isUnwrapped
    const own = isKept ? (renamed === undefined ? source : `</${renamed}>`) : ''
    const event: HtmlEvent = { kind: 'end-tag', serial, name: textOf(renamed ?? draft.tag.name) }
    const around = new Edits(this.#inserted)
    const piece = pendingPiece(event, own, around, this.#out, (name) => {
      return isKept ? `</${tagName(name)}>` : ''
    })
    const finish = () => {
      if (!edits.isRemoved) this.#out.put(edits.append)
      piece.finish()
      this.#out.put(edits.after)
      edits.release()
    }
    if (draft.wantsEnd) return { ...piece, finish }
    finish()
    return undefined
  }
}

function elementEvent(tag: StartTag, handlers: readonly number[], serial: number): HtmlEvent {
  return {
    kind: 'element',
    handlers,
    serial,
    name: textOf(tag.name),
    namespaceUri: NAMESPACES[tag.namespace],
    isContainer: !tag.isVoid,
    isSelfClosing: tag.isSelfClosing,
  }
}

function rootOf({ document }: RewriterSpec): OpenElement {
  return {
    name: '',
    reached: undefined,
    textHandlers: document.text === true ? [DOCUMENT] : [],
    commentHandlers: document.comments === true ? [DOCUMENT] : [],
    draft: undefined,
    serial: 0,
    children: 0,
    types: undefined,
  }
}

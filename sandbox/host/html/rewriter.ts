import type { HtmlEvent, RewriterSpec } from '../../border/html-event.ts'
import { badCall } from '../arguments.ts'
import { badHtmlChange, badSelector } from '../errors.ts'
import { type Spend, spendNothing } from '../spend.ts'
import { byteString, textOf, wholeLength } from './byte-text.ts'
import { parseDoctype } from './doctype.ts'
import { Edits, InsertedBytes } from './edits.ts'
import type { ElementDraft } from './element-draft.ts'
import { ElementWriter } from './element-writer.ts'
import type { HtmlLimits } from './html-limits.ts'
import { Matcher } from './matcher.ts'
import { Output } from './output.ts'
import { type Pending, pendingPiece } from './pending.ts'
import { parseSelector } from './selector.ts'
import type { Token } from './token.ts'
import { Tokens } from './tokens.ts'

/** Bytes that are looked at in one go. */
const SLICE = 16 * 1024
/** What reading takes in microseconds: a byte, a token, an attribute, a test of a token, an event. */
const PER_BYTE = 0.01
const PER_TOKEN = 0.5
const PER_ATTRIBUTE = 0.6
const PER_TEST = 0.06
const PER_EVENT = 3

export interface RewriterOptions {
  readonly spec: RewriterSpec
  readonly limits: HtmlLimits
  readonly spend?: Spend
}

/**
 * Rewrites a document as it streams by. Bytes go in; events come out, one after the other, for the
 * script to decide on in its own time; then what they have become comes out as bytes.
 */
export class HtmlRewriter {
  readonly #wanted: RewriterSpec['document']
  readonly #spend: Spend
  readonly #cost: number
  readonly #tokens: Tokens
  readonly #inserted: InsertedBytes
  readonly #out = new Output()
  readonly #elements: ElementWriter
  #input = ''
  #state: 'open' | 'ending' | 'closing' | 'ended' = 'open'
  #queue: readonly Token[] = []
  #at = 0
  #pending: Pending | undefined
  /** Of a text that has begun and not ended: bytes of a character that is not whole. */
  #textRest: string | undefined

  constructor({ spec, limits, spend = spendNothing }: RewriterOptions) {
    if (spec.selectors.length > limits.selectors) throw badSelector('too many selectors')
    const paths = spec.selectors.map(({ selector }) => parseSelector(selector, limits))
    const matcher = new Matcher(paths)
    this.#wanted = spec.document
    this.#spend = spend
    this.#cost = PER_TOKEN + PER_TEST * matcher.cost
    this.#tokens = new Tokens(limits)
    this.#inserted = new InsertedBytes(limits.inserted)
    this.#elements = new ElementWriter(spec, limits, matcher, this.#inserted, this.#out)
  }

  /** Puts in bytes, or with undefined the end. What was put in before must be used up. */
  push(bytes: Uint8Array | undefined): void {
    if (this.#state !== 'open' || this.#input !== '') throw badCall('order of pieces')
    if (bytes === undefined) this.#state = 'ending'
    else this.#input = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
  }

  /** What the script decides on next; undefined when everything that was put in is used up. */
  next(): HtmlEvent | undefined {
    this.#pending?.finish()
    this.#pending = undefined
    while (this.#pending === undefined) {
      const token = this.#queue[this.#at]
      if (token !== undefined) this.#pending = this.#take(token)
      else if (this.#fill() === 'empty') return undefined
    }
    this.#spend(PER_EVENT)
    return this.#pending.event
  }

  /** What has become final since the last time. */
  output(): Uint8Array {
    return this.#out.take()
  }

  /** What may be done to what the last event was about. */
  get edits(): Edits {
    if (this.#pending === undefined) throw badHtmlChange('this has been put out already')
    return this.#pending.edits
  }

  /** The element the last event was about. */
  get element(): ElementDraft {
    if (this.#pending?.draft === undefined) throw badHtmlChange('this is no element')
    return this.#pending.draft
  }

  /** Exchanges the text of a comment, or the name of an end tag. */
  rewrite(text: string): void {
    if (this.#pending?.rewrite === undefined) throw badHtmlChange('this is neither of the two')
    this.#pending.rewrite(text)
  }

  /** Makes tokens of what was put in, or begins what there is to do at the end. */
  #fill(): 'filled' | 'empty' {
    this.#at = 0
    this.#queue = []
    if (this.#input !== '') {
      const read = this.#input.slice(0, SLICE)
      this.#spend(read.length * PER_BYTE)
      this.#queue = this.#tokens.write(read)
      this.#input = this.#input.slice(SLICE)
      const tests = this.#queue.length * this.#cost
      this.#spend(tests + attributesOf(this.#queue) * PER_ATTRIBUTE, 'done')
      return 'filled'
    }
    if (this.#state === 'ending') {
      this.#queue = this.#tokens.end()
      this.#state = 'closing'
      return 'filled'
    }
    if (this.#state !== 'closing') return 'empty'
    if (this.#textRest !== undefined) this.#pending = this.#endText()
    else this.#pending = this.#endDocument()
    return this.#pending === undefined ? 'empty' : 'filled'
  }

  #take(token: Token): Pending | undefined {
    // A text ends with what comes after it, which is looked at once that was told.
    if (token.kind !== 'text' && this.#textRest !== undefined) return this.#endText()
    this.#at++
    const { source } = token
    switch (token.kind) {
      case 'start':
        return this.#elements.start(token)
      case 'end':
        return this.#elements.end(token.name, source)
      case 'text':
        return this.#text(source)
      case 'comment':
        return this.#comment(token.text, source)
      case 'doctype':
        if (this.#wanted.doctype === true) return this.#piece(parseDoctype(token.text), source)
    }
    this.#out.put(source)
    return undefined
  }

  #text(source: string): Pending | undefined {
    const { textHandlers: handlers } = this.#elements.top
    if (handlers.length === 0) {
      this.#out.put(source)
      return undefined
    }
    const bytes = (this.#textRest ?? '') + source
    const whole = bytes.slice(0, wholeLength(bytes))
    this.#textRest = bytes.slice(whole.length)
    if (whole === '') return undefined
    return this.#piece({ kind: 'text', handlers, text: textOf(whole), isLast: false }, whole)
  }

  #endText(): Pending {
    const { textHandlers: handlers } = this.#elements.top
    const rest = this.#textRest ?? ''
    this.#textRest = undefined
    return this.#piece({ kind: 'text', handlers, text: textOf(rest), isLast: true }, rest)
  }

  #comment(text: string, source: string): Pending | undefined {
    const { commentHandlers: handlers } = this.#elements.top
    if (handlers.length > 0) {
      return this.#piece({ kind: 'comment', handlers, text: textOf(text) }, source, commentOf)
    }
    this.#out.put(source)
    return undefined
  }

  #endDocument(): Pending | undefined {
    this.#state = 'ended'
    this.#elements.endAll()
    return this.#wanted.end === true ? this.#piece({ kind: 'end' }, '') : undefined
  }

  #piece(event: HtmlEvent, source: string, rewritten?: (text: string) => string): Pending {
    return pendingPiece(event, source, new Edits(this.#inserted), this.#out, rewritten)
  }
}

/** A comment that ends where it shall and not before (HTML, 13.1.6). */
function commentOf(text: string): string {
  if (/^-?>|<!--|--!?>|--!$|<!-$|-$/.test(text)) throw badHtmlChange('this would end the comment')
  return `<!--${byteString(text)}-->`
}

function attributesOf(tokens: readonly Token[]): number {
  return tokens.reduce((sum, each) => sum + (each.kind === 'start' ? each.attributes.length : 0), 0)
}

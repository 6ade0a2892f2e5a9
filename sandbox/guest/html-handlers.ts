import { DOCUMENT, type HtmlEvent, type RewriterSpec } from '../border/html-event.ts'
import {
  Comment,
  closeToken,
  Doctype,
  DocumentEnd,
  Element,
  EndTag,
  type EndTagHandler,
  TextChunk,
} from './html-tokens.ts'
import { applyTo } from './primordials.ts'

/** What a script gives `on` or `onDocument`: an object, of a class maybe, with any of these. */
export interface Handlers {
  element?(element: Element): unknown
  comments?(comment: Comment): unknown
  text?(text: TextChunk): unknown
  doctype?(doctype: Doctype): unknown
  end?(end: DocumentEnd): unknown
}

/** Handlers beside their selector. */
export interface Selected {
  readonly selector: string
  readonly handlers: Handlers
}

type Kind = keyof Handlers
type Token = Element | Comment | TextChunk | Doctype | DocumentEnd | EndTag

/** The handlers of one rewriting, and who waits for which end tag. */
export class HandlerCalls {
  readonly #rewriter: number
  readonly #selected: readonly Selected[]
  readonly #document: readonly Handlers[]
  readonly #ends = new Map<number, EndTagHandler[]>()

  constructor(rewriter: number, selected: readonly Selected[], document: readonly Handlers[]) {
    this.#rewriter = rewriter
    this.#selected = selected
    this.#document = document
  }

  /** Asks everyone who has a handler for an event, in turn. */
  async ask(event: HtmlEvent): Promise<void> {
    const id = this.#rewriter
    switch (event.kind) {
      case 'element': {
        const element = new Element(id, event, (handler) => this.#wantEnd(event.serial, handler))
        return this.#all('element', event.handlers, element)
      }
      case 'end-tag':
        return this.#end(event.serial, new EndTag(id, event))
      case 'text':
        return this.#all('text', event.handlers, new TextChunk(id, event))
      case 'comment':
        return this.#all('comments', event.handlers, new Comment(id, event))
      case 'doctype':
        return this.#all('doctype', [DOCUMENT], new Doctype(id, event))
      case 'end':
        return this.#all('end', [DOCUMENT], new DocumentEnd(id))
    }
  }

  async #all(kind: Kind, numbers: readonly number[], token: Token): Promise<void> {
    for (const number of numbers) {
      const asked = number === DOCUMENT ? this.#document : [this.#selected[number]?.handlers]
      for (const handlers of asked) {
        const handler = handlers?.[kind]
        if (typeof handler === 'function') await applyTo(handler, handlers, [token])
      }
    }
    closeToken(token)
  }

  async #end(serial: number, tag: EndTag): Promise<void> {
    const handlers = this.#ends.get(serial) ?? []
    this.#ends.delete(serial)
    for (const handler of handlers) await handler(tag)
    closeToken(tag)
  }

  #wantEnd(serial: number, handler: EndTagHandler): void {
    const handlers = this.#ends.get(serial)
    if (handlers) handlers.push(handler)
    else this.#ends.set(serial, [handler])
  }
}

/** What the host is told of handlers: which there are, of what. */
export function specOf(selected: readonly Selected[], document: readonly Handlers[]): RewriterSpec {
  const has = (handlers: Handlers, kind: Kind) => typeof handlers[kind] === 'function'
  const any = (kind: Kind) => document.some((handlers) => has(handlers, kind))
  return {
    selectors: selected.map(({ selector, handlers }) => ({
      selector,
      element: has(handlers, 'element'),
      comments: has(handlers, 'comments'),
      text: has(handlers, 'text'),
    })),
    document: {
      comments: any('comments'),
      text: any('text'),
      doctype: any('doctype'),
      end: any('end'),
    },
  }
}

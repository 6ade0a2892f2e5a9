import { htmlExceeded } from '../errors.ts'
import type { ElementDraft } from './element-draft.ts'
import type { HtmlLimits } from './html-limits.ts'
import type { Reached } from './matcher.ts'

/** An element whose end tag has not come. */
export interface OpenElement {
  /** As a byte string, as it stood in the source. */
  readonly name: string
  readonly reached: Reached | undefined
  /** The handlers of text and comments in it, its own and those of the elements around it. */
  readonly textHandlers: readonly number[]
  readonly commentHandlers: readonly number[]
  /** What handlers have done to it; undefined where there were none. */
  readonly draft: ElementDraft | undefined
  /** Names it to the script. */
  readonly serial: number
  children: number
  /** How many of each name; there once there is one. */
  types: Map<string, number> | undefined
}

/** Of a parent's children, so many different names are told apart. */
const MOST_TYPES = 1000

/**
 * The elements around where a document has been read to. They end with their own end tag or that of
 * one around them: no tags are implied, as in Cloudflare's rewriter.
 */
export class OpenElements {
  readonly #open: OpenElement[]
  /** How many of a name are open: an end tag of none must not cost a search. */
  readonly #names = new Map<string, number>()
  readonly #limits: HtmlLimits
  readonly #countsTypes: boolean

  /** Places among those of a name are counted where a selector asks for them. */
  constructor(root: OpenElement, limits: HtmlLimits, counts: 'types' | 'children') {
    this.#open = [root]
    this.#limits = limits
    this.#countsTypes = counts === 'types'
  }

  /** The innermost one, or the document. */
  get top(): OpenElement {
    return this.#open.at(-1) as OpenElement
  }

  get isEmpty(): boolean {
    return this.#open.length === 1
  }

  has(name: string): boolean {
    return this.#names.has(name)
  }

  push(element: OpenElement): void {
    if (this.#open.length > this.#limits.depth) throw htmlExceeded('depth', this.#limits.depth)
    this.#open.push(element)
    this.#names.set(element.name, (this.#names.get(element.name) ?? 0) + 1)
  }

  pop(): OpenElement {
    const element = this.#open.pop() as OpenElement
    const left = (this.#names.get(element.name) ?? 0) - 1
    if (left > 0) this.#names.set(element.name, left)
    else this.#names.delete(element.name)
    return element
  }

  /** Counts a child of the innermost one: its place, and its place among those of its name. */
  count(name: string): [place: number, placeOfType: number] {
    const { top } = this
    top.children++
    if (!this.#countsTypes) return [top.children, 1]
    top.types ??= new Map()
    const ofType = (top.types.get(name) ?? 0) + 1
    if (top.types.size >= MOST_TYPES && ofType === 1) {
      throw htmlExceeded('kinds of children', MOST_TYPES)
    }
    top.types.set(name, ofType)
    return [top.children, ofType]
  }
}

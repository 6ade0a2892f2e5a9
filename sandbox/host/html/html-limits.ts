/** What one rewriter takes. Sizes in bytes. */
export interface HtmlLimits {
  /** Of a tag, comment or declaration, which is held until its end. */
  readonly token: number
  readonly attributes: number
  /** Open elements, one in the other. */
  readonly depth: number
  /** Calls of `on`. */
  readonly selectors: number
  /** Of one selector. */
  readonly selectorLength: number
  /** Simple parts of one selector: types, classes, attributes, pseudo-classes. */
  readonly selectorParts: number
  /** Of what was inserted and waits for its place. */
  readonly inserted: number
  /** Rewriters of one run. */
  readonly rewriters: number
}

export const HTML_LIMITS: HtmlLimits = Object.freeze({
  token: 1024 * 1024,
  attributes: 1000,
  depth: 2000,
  selectors: 32,
  selectorLength: 1024,
  selectorParts: 16,
  inserted: 4 * 1024 * 1024,
  rewriters: 8,
})

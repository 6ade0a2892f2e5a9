// HTML as it streams by; the names are those Cloudflare has given them.

/** How content that is inserted is meant: as text, unless it says `html`. */
interface ContentOptions {
  readonly html?: boolean
}

/** A token of a document that things can be put around, and that can go. */
interface HTMLRewriterPiece {
  readonly removed: boolean
  before(content: string, options?: ContentOptions): this
  after(content: string, options?: ContentOptions): this
  replace(content: string, options?: ContentOptions): this
  remove(): this
}

interface HTMLRewriterElement extends HTMLRewriterPiece {
  tagName: string
  readonly namespaceURI: string
  readonly selfClosing: boolean
  readonly canHaveContent: boolean
  readonly attributes: IterableIterator<[string, string]>
  getAttribute(name: string): string | null
  hasAttribute(name: string): boolean
  setAttribute(name: string, value: string): this
  removeAttribute(name: string): this
  prepend(content: string, options?: ContentOptions): this
  append(content: string, options?: ContentOptions): this
  setInnerContent(content: string, options?: ContentOptions): this
  removeAndKeepContent(): this
  onEndTag(handler: (tag: HTMLRewriterEndTag) => unknown): void
}

interface HTMLRewriterEndTag extends HTMLRewriterPiece {
  name: string
}

interface HTMLRewriterText extends HTMLRewriterPiece {
  readonly text: string
  readonly lastInTextNode: boolean
}

interface HTMLRewriterComment extends HTMLRewriterPiece {
  text: string
}

interface HTMLRewriterDoctype {
  readonly name: string | null
  readonly publicId: string | null
  readonly systemId: string | null
}

interface HTMLRewriterDocumentEnd {
  append(content: string, options?: ContentOptions): this
}

interface HTMLRewriterElementHandlers {
  element?(element: HTMLRewriterElement): unknown
  comments?(comment: HTMLRewriterComment): unknown
  text?(text: HTMLRewriterText): unknown
}

interface HTMLRewriterDocumentHandlers {
  doctype?(doctype: HTMLRewriterDoctype): unknown
  comments?(comment: HTMLRewriterComment): unknown
  text?(text: HTMLRewriterText): unknown
  end?(end: HTMLRewriterDocumentEnd): unknown
}

declare class HTMLRewriter {
  constructor()
  on(selector: string, handlers: HTMLRewriterElementHandlers): this
  onDocument(handlers: HTMLRewriterDocumentHandlers): this
  /** The same response with a body that is rewritten while it is read. */
  transform(response: Response): Response
}

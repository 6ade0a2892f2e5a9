/** Of whose handlers a script shall call the one there is for the event. */
export type Handlers = readonly number[]

/** The number of the document's own handlers, beside those of selectors. */
export const DOCUMENT = -1

/** Something in a document that a script has handlers for. Texts are texts, not byte strings. */
export type HtmlEvent =
  | {
      readonly kind: 'element'
      readonly handlers: Handlers
      readonly serial: number
      readonly name: string
      readonly namespaceUri: string
      /** It can have content. */
      readonly isContainer: boolean
      readonly isSelfClosing: boolean
    }
  | { readonly kind: 'end-tag'; readonly serial: number; readonly name: string }
  | {
      readonly kind: 'text'
      readonly handlers: Handlers
      readonly text: string
      readonly isLast: boolean
    }
  | { readonly kind: 'comment'; readonly handlers: Handlers; readonly text: string }
  | {
      readonly kind: 'doctype'
      readonly name: string | null
      readonly publicId: string | null
      readonly systemId: string | null
    }
  | { readonly kind: 'end' }

/** What a script has handlers for, beside a selector or for the document as a whole. */
export interface Wanted {
  readonly element?: boolean
  readonly comments?: boolean
  readonly text?: boolean
  readonly doctype?: boolean
  readonly end?: boolean
}

/** What a rewriter is made of: selectors in their order, and what is wanted of the document. */
export interface RewriterSpec {
  readonly selectors: readonly (Wanted & { readonly selector: string })[]
  readonly document: Wanted
}

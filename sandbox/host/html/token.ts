/** An attribute of a start tag, as it stands in the source. */
export interface SourceAttribute {
  /** In lower case. */
  readonly name: string
  readonly value: string
  /** With its quotes. */
  readonly source: string
}

/** Whose elements a part of a document has. */
export type Namespace = 'html' | 'svg' | 'mathml'

/** A start tag. All texts are byte strings. */
export interface StartTag {
  readonly kind: 'start'
  readonly source: string
  /** In lower case. */
  readonly name: string
  readonly namespace: Namespace
  /** There is no end tag to come. */
  readonly isVoid: boolean
  readonly isSelfClosing: boolean
  readonly attributes: readonly SourceAttribute[]
}

/** A piece of a document. The sources of all tokens in turn are the document. */
export type Token =
  | StartTag
  | { readonly kind: 'end'; readonly source: string; readonly name: string }
  | { readonly kind: 'text'; readonly source: string }
  | { readonly kind: 'comment'; readonly source: string; readonly text: string }
  | { readonly kind: 'doctype'; readonly source: string; readonly text: string }
  /** What has no meaning, such as `</>`. */
  | { readonly kind: 'other'; readonly source: string }

/** What kind of thing is wrong with a place of a script. */
export type DiagnosticCode =
  | 'syntax'
  | 'no-default'
  | 'import-builtin'
  | 'import-missing'
  | 'import-outside'
  | 'import-absolute'
  | 'import-remote'
  | 'import-computed'
  | 'import-type'
  | 'import-gateway'
  | 'package-broken'
  | 'file-unreadable'
  | 'file-size'
  | 'file-count'
  | 'total-size'

/** Something to say about a place of a script. */
export interface Diagnostic {
  readonly code: DiagnosticCode
  readonly text: string
  /** What to do instead. */
  readonly hint?: string
  /** Relative to the script's folder. */
  readonly file: string
  /** From 1. */
  readonly line: number
  /** From 1, in UTF-16 units as editors count. */
  readonly column: number
  /** The line, or its part around the column. */
  readonly lineText: string
}

/** What is wrong, before anybody knows where. */
export type Refusal = Pick<Diagnostic, 'code' | 'text' | 'hint'>

const MAX_LINE = 160
const BEFORE_COLUMN = 80

/** `file:line:column: text: hint`, the line, and a caret below the column. */
export function formatDiagnostic(diagnostic: Diagnostic): string {
  const { file, line, column, text, hint, lineText } = diagnostic
  const head = `${file}:${line}:${column}: ${hint ? `${text}: ${hint}` : text}`
  if (lineText === '') return head
  const start = excerptStart(lineText, column)
  const excerpt = lineText.slice(start, start + MAX_LINE)
  const indent = excerpt.slice(0, column - 1 - start).replace(/[^\t]/g, ' ')
  return `${head}\n    ${excerpt}\n    ${indent}^`
}

function excerptStart(lineText: string, column: number): number {
  return lineText.length <= MAX_LINE ? 0 : Math.max(0, column - 1 - BEFORE_COLUMN)
}

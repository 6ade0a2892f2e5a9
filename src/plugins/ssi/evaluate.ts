import { MOST_TEXT } from './limits.ts'
import { SsiError } from './ssi-error.ts'

/** The value of a variable by its name; undefined for none. */
export type ReadVariable = (name: string) => string | undefined

const VARIABLE = /\$(?:\{(\w*)(\}?)|(\w*))/y
const LITERAL = /[^$\\]+|\\.?/sy

/** What a parameter says, with its variables and escapes (`\$`, `\"`, `\'`, `\\`) replaced. */
export function evaluate(text: string, read: ReadVariable): string {
  let out = ''
  for (let at = 0; at < text.length; ) {
    const pattern = text[at] === '$' ? VARIABLE : LITERAL
    pattern.lastIndex = at
    const piece = pattern.exec(text) as RegExpExecArray
    out += pattern === VARIABLE ? variable(piece, text, read) : literal(piece[0])
    if (out.length > MOST_TEXT)
      throw new SsiError(`"${text}" comes to more than ${MOST_TEXT} bytes`)
    at = pattern.lastIndex
  }
  return out
}

function variable(piece: RegExpExecArray, text: string, read: ReadVariable): string {
  const [, bracketed, closing, plain] = piece
  if (bracketed !== undefined && closing === '') {
    throw new SsiError(`the closing bracket in "${bracketed}" variable is missing`)
  }
  const name = bracketed ?? plain ?? ''
  if (name === '') throw new SsiError(`invalid variable name in "${text}"`)
  return read(name) ?? ''
}

function literal(piece: string): string {
  if (!piece.startsWith('\\')) return piece
  // As in nginx, a backslash stays before what needs none, and is dropped at the end.
  const needed = piece.length === 1 || '\\\'"$'.includes(piece.charAt(1))
  return needed ? piece.slice(1) : piece
}

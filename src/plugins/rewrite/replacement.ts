import type { Entry, Exchange, Getter } from 'gateway/plugin'
import { escapeArgs, isUnsafeInArgs } from './escape.ts'

/** Where a text is made for: only arguments and redirects have captures escaped. */
export type Escaping = 'always' | 'arguments'

type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'capture'; readonly index: number }
  | { readonly kind: 'variable'; readonly get: Getter }
  /** What follows are arguments. */
  | { readonly kind: 'arguments' }

const VARIABLE = /(\$\{\w+\}|\$(?:[1-9]|[A-Za-z_]\w*))/

/**
 * What a rewrite puts in place of a URI, and `set` into a variable: a template in which captures
 * are escaped as nginx does it, where the client had escaped anything.
 */
export class Replacement {
  /** Whether a question mark occurs in it. */
  readonly hasArgs: boolean
  readonly #parts: Part[]
  /** Where it holds no variables. */
  readonly #constant: Rendered | undefined

  /** With `split`, the first question mark parts arguments from the URI instead of standing there. */
  constructor(entry: Entry, text: string, split: 'split' | 'whole') {
    this.#parts = text
      .split(VARIABLE)
      .filter((word) => word !== '')
      .flatMap((word) => partsOf(entry, word))
    const first = this.#parts.findIndex(isQuestion)
    this.hasArgs = first >= 0
    if (split === 'split' && first >= 0) this.#parts[first] = { kind: 'arguments' }
    if (this.#parts.every(({ kind }) => kind === 'text' || kind === 'arguments')) {
      this.#constant = constantOf(this.#parts)
    }
  }

  render(x: Exchange, escaping: Escaping): Rendered {
    if (this.#constant) return this.#constant
    const parts = this.#parts
    let text = ''
    let args: string | undefined
    for (let i = 0; i < parts.length; i++) {
      const part = parts[i] as Part
      if (part.kind === 'arguments') {
        args = ''
        continue
      }
      const made = textOf(part, x, escaping === 'always' || args !== undefined)
      if (args === undefined) text += made
      else args += made
    }
    return { text, args }
  }
}

/** A replacement made for one request. */
export interface Rendered {
  /** Up to where the arguments begin, if they are split from it. */
  readonly text: string
  readonly args: string | undefined
}

function textOf(part: Exclude<Part, { kind: 'arguments' }>, x: Exchange, escapes: boolean): string {
  switch (part.kind) {
    case 'text':
      return part.text
    case 'variable':
      return part.get(x) ?? ''
    case 'capture': {
      const group = x.captures?.[part.index] ?? ''
      // What was sent is looked at last: most captures have nothing in them to escape.
      return escapes && isUnsafeInArgs(group) && sentEscapes(x) ? escapeArgs(group) : group
    }
  }
}

function partsOf(entry: Entry, word: string): Part[] {
  const name = /^\$\{?(\w+)\}?$/.exec(word)?.[1]
  if (name === undefined) {
    const text = entry.template(word).constant ?? ''
    return text.split(/(\?)/).flatMap((piece) => (piece ? [{ kind: 'text', text: piece }] : []))
  }
  if (/^[1-9]$/.test(name)) return [{ kind: 'capture', index: Number(name) }]
  return [{ kind: 'variable', get: entry.variable(name) }]
}

function constantOf(parts: readonly Part[]): Rendered {
  const texts = parts.map((part) => (part.kind === 'text' ? part.text : ''))
  const at = parts.findIndex(({ kind }) => kind === 'arguments')
  if (at < 0) return { text: texts.join(''), args: undefined }
  return { text: texts.slice(0, at).join(''), args: texts.slice(at).join('') }
}

function isQuestion(part: Part): boolean {
  return part.kind === 'text' && part.text === '?'
}

/** Whether the path was sent with anything escaped, so that its captures may need it again. */
function sentEscapes(x: Exchange): boolean {
  return x.parent === undefined && /^[^?#]*[%+]/.test(x.target)
}

import type { Entry, Exchange, Getter } from 'gateway/plugin'
import { escapeArgs } from './escape.ts'

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
    let text = ''
    let argsAt = -1
    for (const part of this.#parts) {
      switch (part.kind) {
        case 'text':
          text += part.text
          break
        case 'variable':
          text += part.get(x) ?? ''
          break
        case 'arguments':
          argsAt = text.length
          break
        case 'capture': {
          const group = x.captures?.[part.index] ?? ''
          const escapes = (escaping === 'always' || argsAt >= 0) && sentEscapes(x)
          text += escapes ? escapeArgs(group) : group
        }
      }
    }
    return { text, argsAt }
  }
}

/** A replacement made for one request. */
export interface Rendered {
  readonly text: string
  /** Where in the text the arguments begin; negative for none. */
  readonly argsAt: number
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
  return { text: texts.join(''), argsAt: at < 0 ? at : texts.slice(0, at).join('').length }
}

function isQuestion(part: Part): boolean {
  return part.kind === 'text' && part.text === '?'
}

/** Whether the path was sent with anything escaped, so that its captures may need it again. */
function sentEscapes(x: Exchange): boolean {
  return x.parent === undefined && /^[^?#]*[%+]/.test(x.target)
}

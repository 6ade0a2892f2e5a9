import type { Exchange } from '../exchange/exchange.ts'
import type { Getter } from './variable.ts'

/** A string with variables, parsed when the configuration is read (nginx's complex value). */
export interface Template {
  /** As it stands in the configuration. */
  readonly source: string
  /** The whole value, where no variable occurs in it. */
  readonly constant: string | undefined
  readonly render: (x: Exchange) => string
}

/** A template without variables. */
export function constant(text: string): Template {
  return { source: text, constant: text, render: () => text }
}

/**
 * Parses `text`: `$name`, `${name}` and `$1`…`$9` are variables, everything else stands for
 * itself. `resolve` gives the getter of a name and throws for an unknown one. A variable without
 * a value renders as the empty string.
 */
export function parseTemplate(text: string, resolve: (name: string) => Getter): Template {
  const parts: (string | Getter)[] = []
  let at = 0
  for (const hit of text.matchAll(/\$(?:\{(\w+)\}|([1-9]|[A-Za-z_]\w*))/g)) {
    if (hit.index > at) parts.push(text.slice(at, hit.index))
    parts.push(resolve(hit[1] ?? hit[2] ?? ''))
    at = hit.index + hit[0].length
  }
  if (parts.length === 0) return constant(text)
  if (at < text.length) parts.push(text.slice(at))
  return { source: text, constant: undefined, render: renderer(parts) }
}

function renderer(parts: readonly (string | Getter)[]): (x: Exchange) => string {
  const [only] = parts
  if (parts.length === 1 && typeof only === 'function') return (x) => only(x) ?? ''
  return (x) => {
    let out = ''
    for (const part of parts) out += typeof part === 'string' ? part : (part(x) ?? '')
    return out
  }
}

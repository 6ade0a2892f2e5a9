import type { Entry } from '../directive/directive.ts'
import type { Exchange } from '../exchange/exchange.ts'
import { slotOf } from './slots.ts'
import type { Getter } from './variable.ts'

/** Whether a variable is computed once for each exchange, or whenever it is asked for. */
export type Memory = 'remembered' | 'volatile'

/** How a directive computes the variable it defines. */
export interface Definition {
  readonly get: (x: Exchange) => string
  /** Remembered unless it says otherwise. */
  readonly memory?: Memory
}

/**
 * Defines the variable that a directive names, with its dollar sign: `map $a $name`. `make` reads
 * what is left of the directive. Unless it is volatile, an exchange computes the variable when it
 * is first asked for and keeps the value.
 */
export function defineVariable(entry: Entry, word: string, make: () => Definition): void {
  if (!word.startsWith('$')) entry.fail(`invalid variable name "${word}"`)
  const name = word.slice(1)
  // Known first of all: where the rest is refused, that alone is the error, not each use.
  entry.define(name, () => '')
  const { get, memory } = make()
  const getter = withoutCycle(name, get)
  entry.define(name, memory === 'volatile' ? getter : remembered(name, getter))
}

/** Variables may be defined by each other in a circle; as in nginx, the inner use is empty then. */
function withoutCycle(name: string, get: Definition['get']): Definition['get'] {
  let busy = false
  return (x) => {
    if (busy) {
      x.log('error', `cycle while evaluating variable "${name}"`)
      return ''
    }
    busy = true
    try {
      return get(x)
    } finally {
      busy = false
    }
  }
}

function remembered(name: string, get: Definition['get']): Getter {
  const slot = slotOf(name.toLowerCase())
  return (x) => {
    const known = x.values?.[slot]
    if (known !== undefined) return known
    const value = get(x)
    x.values ??= []
    x.values[slot] = value
    return value
  }
}

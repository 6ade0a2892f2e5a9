import type { Exchange } from '../exchange/exchange.ts'
import { slotOf } from './slots.ts'

/** A text that is kept for a client's request as a whole: its subrequests have the same. */
export interface RequestValue {
  get(x: Exchange): string | undefined
  set(x: Exchange, value: string): void
}

/** The value of a name; a variable of that name may show it. */
export function requestValue(name: string): RequestValue {
  const slot = slotOf(name.toLowerCase())
  return {
    get: (x) => mainOf(x).values?.[slot],
    set: (x, value) => {
      const main = mainOf(x)
      main.values ??= []
      main.values[slot] = value
    },
  }
}

/** The client's own request, of which `x` may be a subrequest. */
export function mainOf(x: Exchange): Exchange {
  let main = x
  while (main.parent) main = main.parent
  return main
}

/** With whose end all ends that is done for an exchange: the client's request, or where it goes on behind that, itself. */
export function lastingOf(x: Exchange): Exchange {
  const main = mainOf(x)
  return main.endings === 'done' ? x : main
}

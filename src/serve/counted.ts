import { counters } from '../kernel/process/counters.ts'

/** The line of `stub_status` a client connection is counted in; `nothing` before and after. */
export type Counted = 'nothing' | 'reading' | 'writing' | 'waiting'

/** Moves a connection from one line to another. */
export function recount(from: Counted, to: Counted): void {
  add(from, -1)
  add(to, 1)
}

/** By name and not by key: a keyed store costs more than all of the rest. */
function add(line: Counted, by: 1 | -1): void {
  switch (line) {
    case 'reading':
      counters.reading += by
      break
    case 'writing':
      counters.writing += by
      break
    case 'waiting':
      counters.waiting += by
      break
    case 'nothing':
  }
}

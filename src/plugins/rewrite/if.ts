import type { Entry } from 'gateway/plugin'
import { readCondition } from './condition.ts'
import type { Rules } from './rules.ts'
import { follow, type Operation } from './sequence.ts'

/** Reads `if (condition) { ... }`; what stands in the block is known when everything is read. */
export function readIf(entry: Entry): Operation {
  const holds = readCondition(entry)
  const { branch } = entry
  return (x, run) => {
    if (!holds(x, run)) return undefined
    branch?.take(x)
    const inner = branch?.config as Rules | undefined
    return inner && follow(x, inner.sequence, run)
  }
}

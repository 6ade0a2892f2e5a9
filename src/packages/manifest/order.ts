import { ORDERED, type OrderRules } from '../../kernel/plugin-record.ts'
import type { Checker } from './checker.ts'

/** `before:NAME` and `after:NAME`, of a plugin. */
export const RULE = /^(?:before|after):[a-z][a-z0-9-]*$/
const MEND = 'write "after:NAME" or "before:NAME" of another plugin, or a list of such'

/** Reads `order`: for a phase or stage, before and after which plugins this one acts. */
export function checkOrder(checker: Checker): OrderRules {
  checker.onlyKnown(ORDERED)
  const rules = ORDERED.filter((point) => checker.has(point)).map((point) => {
    return [point, checker.rules(point, RULE, MEND)] as const
  })
  return Object.fromEntries(rules) as OrderRules
}

import type { Rule } from './directives.ts'
import { parseAddress, unmapped, type Words } from './network.ts'

export type Decision = 'allow' | 'deny' | 'none'

/** Addresses whose decision is remembered; then all are forgotten at once. */
const REMEMBERED = 4096

/** Compiles rules into a function from a client's address to what the first rule that fits says. */
export function compileRules(rules: readonly Rule[]): (address: string) => Decision {
  const remembered = new Map<string, Decision>()
  return (address) => {
    const known = remembered.get(address)
    if (known !== undefined) return known
    const decision = decide(rules, address)
    if (remembered.size >= REMEMBERED) remembered.clear()
    remembered.set(address, decision)
    return decision
  }
}

function decide(rules: readonly Rule[], address: string): Decision {
  if (address.startsWith('unix:')) {
    return rules.find(({ network }) => network.kind !== 'ip')?.kind ?? 'none'
  }
  const words = parseAddress(address)
  if (!words) return 'none'
  const inner = unmapped(words)
  // As in nginx, a mapped address meets the rules for IPv4 where there are any.
  const met = inner && rules.some((rule) => isForIPv4(rule)) ? inner : words
  return rules.find((rule) => fits(rule, met))?.kind ?? 'none'
}

function isForIPv4({ network }: Rule): boolean {
  return network.kind === 'all' || (network.kind === 'ip' && network.words.length === 1)
}

function fits({ network }: Rule, words: Words): boolean {
  if (network.kind === 'all') return true
  if (network.kind === 'unix' || network.words.length !== words.length) return false
  return network.words.every((word, i) => ((words[i] ?? 0) & (network.mask[i] ?? 0)) >>> 0 === word)
}

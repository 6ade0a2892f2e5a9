import { directive, type Entry } from 'gateway/plugin'
import { type Network, parseNetwork } from './network.ts'

/** One `allow` or `deny`. */
export interface Rule {
  readonly kind: 'allow' | 'deny'
  readonly network: Network
}

/**
 * Both words are one directive, hence one list in the order written: where either stands, nothing
 * of the other is inherited, as in nginx.
 */
export const rules = directive<readonly Rule[]>({
  in: ['http', 'server', 'location', 'limit_except'],
  default: [],
  doc: 'Lets clients of this address or network in (allow), or refuses them with 403 (deny). The first rule that fits decides.',
  usage: 'address | CIDR | unix: | all',
  min: 1,
  max: 1,
  repeat: true,
  read: (entry, before = []) => [...before, readRule(entry)],
})

function readRule(entry: Entry): Rule {
  const word = entry.args[0] ?? ''
  const network = parseNetwork(word)
  if (!network) return entry.fail(`"${word}" is not an address or network`)
  if (network.kind === 'ip' && network.meaningless) {
    entry.warn(`low address bits of ${word} are meaningless`)
  }
  return { kind: entry.name === 'allow' ? 'allow' : 'deny', network }
}

import { type IPNetwork, type IPWords, isInNetwork, parseIPNetwork } from 'gateway/plugin'

interface Row {
  readonly network: IPNetwork
  readonly value: string
}

/** Networks and their values, found by address in a few dozen steps however many there are. */
export interface Table {
  /** The value of the smallest network an address is in; empty where there is none. */
  find(address: IPWords): string
}

/** Reads lines of `network,value`; `#` begins a comment. `fail` is told of the first wrong line. */
export function parseTable(text: string, fail: (line: number, what: string) => never): Table {
  // By kind of address and length of prefix, then by the prefix itself.
  const lengths = new Map<string, Map<string, Row>>()
  for (const [index, line] of text.split('\n').entries()) {
    const content = line.trim()
    if (content === '' || content.startsWith('#')) continue
    const comma = content.indexOf(',')
    const network = comma > 0 ? parseIPNetwork(content.slice(0, comma)) : undefined
    if (!network) return fail(index + 1, `"${content}" is no "network,value"`)
    const kind = kindOf(network.first, network.bits)
    const rows = lengths.get(kind) ?? new Map<string, Row>()
    rows.set(network.first.join('.'), { network, value: content.slice(comma + 1) })
    lengths.set(kind, rows)
  }
  return { find: (address) => find(lengths, address) }
}

function find(lengths: ReadonlyMap<string, ReadonlyMap<string, Row>>, address: IPWords): string {
  for (let bits = 32 * address.length; bits >= 0; bits--) {
    const rows = lengths.get(kindOf(address, bits))
    const row = rows?.get(prefixOf(address, bits).join('.'))
    if (row && isInNetwork(row.network, address)) return row.value
  }
  return ''
}

function kindOf(words: IPWords, bits: number): string {
  return `${words.length}/${bits}`
}

function prefixOf(words: IPWords, bits: number): number[] {
  return words.map((word, i) => {
    const left = bits - 32 * i
    if (left >= 32) return word
    return left <= 0 ? 0 : (word & (-1 << (32 - left))) >>> 0
  })
}

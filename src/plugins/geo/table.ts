import {
  byteString,
  type Entry,
  type IPWords,
  type Memory,
  type Node,
  type Trust,
  unmappedIP,
} from 'gateway/plugin'
import type { Lines } from './lines.ts'
import { NetworkLines, readNetwork } from './network-lines.ts'
import { Networks } from './networks.ts'
import { RangeLines } from './range-lines.ts'

/** What a `geo` block says. */
export interface Table {
  /** The value for an address. */
  readonly find: (words: IPWords | undefined) => string
  /** Whom to believe X-Forwarded-For; undefined for nobody. */
  readonly trust: Trust<IPWords> | undefined
  readonly memory: Memory
}

/** Reads the lines of a block. */
export function readTable(entry: Entry): Table {
  const reader = new TableReader()
  for (const node of entry.block ?? []) reader.read(entry.at(node.mark), node)
  return reader.table()
}

class TableReader {
  readonly #proxies = new Networks()
  #lines: Lines = new NetworkLines()
  #recursive = false
  #memory: Memory = 'remembered'

  read(line: Entry, node: Node): void {
    if (isFlag(node)) this.#readFlag(line, node.name)
    else if (node.block || node.args.length === 0) refuseCount(line)
    else this.#readValue(line, node)
  }

  table(): Table {
    const isTrusted = this.#proxies.compile()
    const isProxy = (words: IPWords) => isTrusted(unmappedIP(words)) !== undefined
    return {
      find: this.#lines.compile(),
      trust: this.#proxies.empty ? undefined : { isProxy, recursive: this.#recursive },
      memory: this.#memory,
    }
  }

  #readFlag(line: Entry, name: string): void {
    if (name === 'proxy_recursive') this.#recursive = true
    else if (name === 'volatile') this.#memory = 'volatile'
    else if (this.#lines.empty) this.#lines = new RangeLines()
    else line.fail('the "ranges" directive must be the first directive inside "geo" block')
  }

  #readValue(line: Entry, { name, args }: Node): void {
    const [value = ''] = args
    // A list of networks stands for as many lines of nginx.
    if (name === 'proxy') for (const word of args) this.#proxies.add(readNetwork(line, word), '')
    else if (name === 'delete') for (const word of args) this.#lines.delete(line, word)
    else if (args.length > 1) refuseCount(line)
    else if (name === 'default') this.#lines.setDefault(line, byteString(value))
    else this.#lines.add(line, name, byteString(value))
  }
}

const FLAGS: readonly string[] = ['ranges', 'proxy_recursive', 'volatile']

function isFlag({ name, args, block }: Node): boolean {
  const bare = args.length === 0 || (args.length === 1 && args[0] === 'on')
  return FLAGS.includes(name) && bare && !block
}

function refuseCount(line: Entry): never {
  return line.fail('invalid number of the geo parameters')
}

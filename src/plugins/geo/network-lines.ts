import {
  type Entry,
  type IPNetwork,
  type IPWords,
  parseIPNetwork,
  unmappedIP,
} from 'gateway/plugin'
import { type Lines, NO_ADDRESS } from './lines.ts'
import { Networks } from './networks.ts'

/** All addresses of either family. */
const ALL: readonly IPNetwork[] = [[0], [0, 0, 0, 0]].map((first) => {
  return { first, bits: 0, meaningless: false }
})

/** Lines as nginx has them by default: addresses and networks, of which the longest counts. */
export class NetworkLines implements Lines {
  readonly #networks = new Networks()

  get empty(): boolean {
    return this.#networks.empty
  }

  setDefault(line: Entry, value: string): void {
    const [old] = ALL.map((each) => this.#networks.add(each, value))
    tellDuplicate(line, 'default', value, old)
  }

  add(line: Entry, word: string, value: string): void {
    tellDuplicate(line, word, value, this.#networks.add(readNetwork(line, word), value))
  }

  delete(line: Entry, word: string): void {
    if (!this.#networks.delete(readNetwork(line, word))) {
      line.warn(`no network "${word}" to delete`)
    }
  }

  compile(): (words: IPWords | undefined) => string {
    const find = this.#networks.compile()
    return (words) => find(words ? unmappedIP(words) : [NO_ADDRESS]) ?? ''
  }
}

/** A network as a line names it. */
export function readNetwork(line: Entry, word: string): IPNetwork {
  const network = parseIPNetwork(word)
  if (!network) return line.fail(`invalid network "${word}"`)
  if (network.meaningless) line.warn(`low address bits of ${word} are meaningless`)
  return network
}

function tellDuplicate(line: Entry, word: string, value: string, old: string | undefined): void {
  if (old === undefined) return
  line.warn(`duplicate network "${word}", value: "${value}", old value: "${old}"`)
}

import { type Entry, type IPWords, parseIPv4, unmappedIP } from 'gateway/plugin'
import { type Lines, NO_ADDRESS } from './lines.ts'
import { Ranges } from './ranges.ts'

/** Lines behind `ranges`: `10.0.0.0-10.0.0.255`, IPv4 alone. */
export class RangeLines implements Lines {
  readonly #ranges = new Ranges()
  #default: string | undefined

  get empty(): boolean {
    return this.#ranges.empty
  }

  setDefault(line: Entry, value: string): void {
    if (this.#default !== undefined) {
      line.warn(`duplicate default geo range value: "${value}", old value: "${this.#default}"`)
    }
    this.#default = value
  }

  add(line: Entry, word: string, value: string): void {
    const [first, last] = readRange(line, word)
    const added = this.#ranges.add(first, last, value)
    if (added.kind === 'overlap') {
      line.fail(`range "${word}" overlaps "${dotted(added.first)}-${dotted(added.last)}"`)
    }
    if (added.kind === 'duplicate') {
      line.warn(`duplicate range "${word}", value: "${value}", old value: "${added.old}"`)
    }
  }

  delete(line: Entry, word: string): void {
    const [first, last] = readRange(line, word)
    if (!this.#ranges.delete(first, last)) line.warn(`no address range "${word}" to delete`)
  }

  compile(): (words: IPWords | undefined) => string {
    const ranges = this.#ranges
    const fallback = this.#default ?? ''
    return (words) => {
      const [address = NO_ADDRESS, ...more] = words ? unmappedIP(words) : []
      return ranges.find(more.length > 0 ? NO_ADDRESS : address) ?? fallback
    }
  }
}

function readRange(line: Entry, word: string): readonly [first: number, last: number] {
  const dash = word.indexOf('-')
  const first = parseIPv4(word.slice(0, Math.max(dash, 0)))
  const last = parseIPv4(word.slice(dash + 1))
  // As in nginx, the very last address is none that a range may hold: it stands for no address.
  if (first === undefined || last === undefined || first > last || last === NO_ADDRESS) {
    return line.fail(`invalid range "${word}"`)
  }
  return [first, last]
}

function dotted(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.')
}

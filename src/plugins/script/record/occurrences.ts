import type { Entry, Mark, Node } from 'gateway/plugin'
import type { GivenEntries, GivenEntry, GivenMark, GivenNode } from './given.ts'

/** Occurrences of directives as a plugin record is given them, and what they stand for. */
export class Occurrences {
  readonly given: GivenEntries
  readonly #entries: readonly Entry[]
  /** By entry: the marks of the lines in its block, by their numbers. */
  readonly #marks: readonly (readonly Mark[])[]

  /** `entries` by the words under which the record wants their values. */
  constructor(entries: Readonly<Record<string, readonly Entry[]>>) {
    const all: Entry[] = []
    const marks: Mark[][] = []
    const give = (entry: Entry): GivenEntry => {
      const own: Mark[] = [entry.mark]
      const number = all.push(entry) - 1
      marks.push(own)
      return { ...givenNode(entry, own, 0), number, scope: entry.scope }
    }
    this.given = Object.fromEntries(
      Object.entries(entries).map(([word, each]) => [word, each.map(give)]),
    )
    this.#entries = all
    this.#marks = marks
  }

  /** The entry of a key (`3`), or of a line of its block (`3:1`); undefined for none. */
  at(key: string): Entry | undefined {
    const [number, line] = key.split(':').map(Number)
    const entry = this.#entries[number ?? -1]
    if (!entry || !line) return entry
    const mark = this.#marks[number as number]?.[line]
    return mark && entry.at(mark)
  }

  /** All that is written in an entry, its block included. */
  words(key: string): readonly string[] {
    const entry = this.#entries[entryIn(key)]
    return entry ? wordsOf(entry) : []
  }

  /** Whether an entry is the last one: those before it have been read already. */
  isLast(key: string): boolean {
    return entryIn(key) === this.#entries.length - 1
  }
}

function entryIn(key: string): number {
  return Number(key.split(':')[0])
}

function wordsOf({ args, block = [] }: Pick<Node, 'args' | 'block'>): string[] {
  return [...args, ...block.flatMap((node) => [node.name, ...wordsOf(node)])]
}

/** Paths of files are nothing that is told. */
function givenNode({ args, block, mark, name }: Node, marks: Mark[], number: number): GivenNode {
  const given: GivenMark = { file: '', line: mark.line, column: mark.column, number }
  if (!block) return { name, args, mark: given }
  const lines = block.map((node) => givenNode(node, marks, marks.push(node.mark) - 1))
  return { name, args, mark: given, block: lines }
}

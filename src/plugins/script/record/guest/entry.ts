import type {
  Entry,
  Getter,
  Mark,
  Scope,
  Setter,
  SharedZone,
  Template,
  Upstream,
} from 'gateway/plugin'
import { RecordOp } from '../../../../../sandbox/border/ops.ts'
import type { GivenEntry, GivenMark, GivenNode } from '../given.ts'
import { ask } from './channel.ts'
import { notPortable } from './not-portable.ts'

/** One occurrence of a directive; what needs the rest of the configuration, the host is asked for. */
export class RecordEntry implements Entry {
  readonly name: string
  readonly args: readonly string[]
  readonly block?: readonly GivenNode[]
  readonly mark: Mark
  readonly scope: Scope
  readonly #given: GivenEntry
  readonly #line: GivenMark | undefined

  constructor(given: GivenEntry, line?: GivenMark) {
    this.name = given.name
    this.args = given.args
    if (given.block) this.block = given.block
    this.mark = line ?? given.mark
    this.scope = given.scope
    this.#given = given
    this.#line = line
  }

  /** How the host knows it. */
  get key(): string {
    const { number } = this.#given
    return this.#line ? `${number}:${this.#line.number}` : `${number}`
  }

  template(text: string): Template {
    const [number, constant] = JSON.parse(ask(RecordOp.template, this.key, text) as string) as [
      number: number,
      constant: string | null,
    ]
    const known = constant ?? undefined
    return { source: text, constant: known, render: () => known ?? valueAt(number) ?? '' }
  }

  variable(name: string): Getter {
    const number = ask(RecordOp.variable, this.key, name) as number
    return () => valueAt(number)
  }

  regex(source: string, flags: 'i' | '' = ''): RegExp {
    const [own, ownFlags] = JSON.parse(ask(RecordOp.regex, this.key, source, flags) as string) as [
      source: string,
      flags: string,
    ]
    return new RegExp(own, ownFlags)
  }

  at(mark: Mark): RecordEntry {
    return new RecordEntry(this.#given, mark as GivenMark)
  }

  fail(text: string, hint?: string): never {
    ask(RecordOp.refuse, this.key, text, hint)
    throw new Error(text)
  }

  warn(text: string): void {
    ask(RecordOp.warn, this.key, text)
  }

  define(): never {
    throw notPortable('entry.define', 'use defineVariable')
  }

  lookUp(): never {
    throw notPortable('entry.lookUp', 'use entry.variable, for a name the configuration has')
  }

  assign(): Setter {
    throw notPortable('entry.assign', 'a record sets no variables of others')
  }

  upstream(): Upstream {
    throw notPortable('entry.upstream', 'a record asks no peers')
  }

  zone(): SharedZone {
    throw notPortable('entry.zone', 'there are no shared zones in the sandbox')
  }

  path(): string {
    throw notPortable('entry.path', 'there is no file system in the sandbox')
  }
}

/** How the host knows an entry. */
export function keyOf(entry: Entry): string {
  return (entry as RecordEntry).key
}

function valueAt(number: number): string | undefined {
  return ask(RecordOp.value, number) as string | undefined
}

import {
  capture,
  defineVariable,
  type Entry,
  type Exchange,
  type Getter,
  type Memory,
} from 'gateway/plugin'
import type { Crossing } from '../../../../sandbox/border/crossing.ts'
import { RecordOp } from '../../../../sandbox/border/ops.ts'
import { refusal } from '../../../../sandbox/border/refusal.ts'
import { badCall, countOf, textOf } from '../../../../sandbox/host/arguments.ts'
import type { Occurrences } from './occurrences.ts'

/** Variables and templates of one image. */
const MOST_VALUES = 10_000
/** Characters of a template, of an expression, and of a message about a directive. */
const MOST_TEXT = 64 * 1024
const MOST_REGEX = 4096
const MOST_MESSAGE = 1000

/** Makes the getter of a variable that a directive of the record defines. */
export type Define = (name: string) => (x: Exchange) => string

/** What a record asks while it reads directives, and the values it has asked for then. */
export class EntryOps {
  readonly #occurrences: Occurrences
  readonly #define: Define | undefined
  readonly #values: Getter[] = []
  readonly #groups = new Set<string>()
  /** Of the variables that the last entry defines: as announced, then for good. */
  readonly #defined = new Map<string, Memory | undefined>()

  private constructor(occurrences: Occurrences, define: Define | undefined) {
    this.#occurrences = occurrences
    this.#define = define
  }

  /** For the last of the occurrences, which has not been read yet. */
  static first(occurrences: Occurrences, define: Define): EntryOps {
    return new EntryOps(occurrences, define)
  }

  /** For occurrences that have been read: nothing is told or defined once more. */
  static again(occurrences: Occurrences): EntryOps {
    return new EntryOps(occurrences, undefined)
  }

  /** Whether the entry defines variables. */
  get defines(): boolean {
    return this.#defined.size > 0
  }

  call(op: number, a: Crossing, b: Crossing, c: Crossing): Crossing {
    const key = textOf(a, 'entry')
    const entry = this.#occurrences.at(key)
    if (!entry) throw badCall('entry')
    const text = textOf(b, 'text')
    switch (op) {
      case RecordOp.template: {
        const template = entry.template(short(text, MOST_TEXT))
        return JSON.stringify([this.#keep(template.render), template.constant ?? null])
      }
      case RecordOp.variable:
        return this.#keep(entry.variable(short(text, MOST_MESSAGE)))
      case RecordOp.regex:
        return this.#regex(key, text, c === 'i' ? 'i' : '')
      case RecordOp.define:
        return this.#announce(key, entry, text, textOf(c, 'memory'))
      case RecordOp.warn:
        if (this.#define && this.#occurrences.isLast(key)) {
          entry.warn(text.slice(0, MOST_MESSAGE))
        }
        return undefined
      case RecordOp.refuse:
        return entry.fail(text.slice(0, MOST_MESSAGE), c === undefined ? c : textOf(c, 'hint'))
      default:
        throw badCall('op')
    }
  }

  /** The value of a variable or template that was asked for. */
  value(number: Crossing, x: Exchange): string | undefined {
    const get = this.#values[countOf(number, 'value')]
    if (!get) throw badCall('value')
    return get(x)
  }

  /** Makes `$1` and the names of this record's expressions stand for a match. */
  capture(groups: readonly (string | undefined)[], named: object, x: Exchange): void {
    const known = Object.entries(named).filter(([name]) => this.#groups.has(name))
    const match = Object.assign([...groups], { index: 0, input: '', groups: undefined })
    const names = known.length > 0 ? { groups: Object.fromEntries(known) } : {}
    capture(x, Object.assign(match, names) as unknown as RegExpExecArray)
  }

  #keep(get: Getter): number {
    if (this.#values.length >= MOST_VALUES) {
      throw refusal('RangeError', `more than ${MOST_VALUES} variables and templates`)
    }
    return this.#values.push(get) - 1
  }

  /**
   * Only an expression that the configuration holds: the gateway's own engine compiles it, which a
   * hostile one could keep busy for ever.
   */
  #regex(key: string, source: string, flags: 'i' | ''): string {
    const isWritten = this.#occurrences.words(key).some((word) => word.includes(source))
    if (!isWritten || source.length > MOST_REGEX) {
      throw refusal('TypeError', 'an expression that does not stand in the configuration')
    }
    const regex = (this.#occurrences.at(key) as Entry).regex(source, flags)
    for (const [, name] of regex.source.matchAll(GROUP)) this.#groups.add(name as string)
    return JSON.stringify([regex.source, regex.flags])
  }

  #announce(key: string, entry: Entry, name: string, memory: string): undefined {
    const define = this.#define
    if (!define || !this.#occurrences.isLast(key)) return undefined
    // Any other name may be a variable that somebody else relies on.
    if (!this.#occurrences.words(key).includes(`$${name}`)) {
      throw refusal('TypeError', 'a variable whose name does not stand in the directive')
    }
    const kind = memory === 'volatile' || memory === 'remembered' ? memory : undefined
    if (!kind && this.#defined.has(name)) return undefined
    this.#defined.set(name, kind)
    if (!kind) entry.define(short(name, MOST_MESSAGE), () => '')
    else defineVariable(entry, `$${name}`, () => ({ get: define(name), memory: kind }))
    return undefined
  }
}

const GROUP = /\(\?<([A-Za-z_]\w*)>/g

function short(text: string, most: number): string {
  if (text.length > most) throw refusal('RangeError', `a text of more than ${most} characters`)
  return text
}

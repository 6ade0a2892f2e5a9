import validRange from 'semver/ranges/valid.js'
import type { Problem } from '../package-error.ts'

/** The longest text a field of a manifest may hold. */
const LONGEST = 1000
/** The longest list. */
const MOST = 200

/** Reads the members of a JSON object, and notes what is wrong with them instead of throwing. */
export class Checker {
  readonly #value: Readonly<Record<string, unknown>>
  readonly #path: string
  readonly #problems: Problem[]
  /** Nothing more is said about what is not there at all. */
  readonly #silent: boolean

  constructor(value: unknown, path: string, problems: Problem[], mend = 'write an object') {
    this.#path = path
    this.#problems = problems
    const fits = typeof value === 'object' && value !== null && !Array.isArray(value)
    this.#value = fits ? (value as Readonly<Record<string, unknown>>) : {}
    this.#silent = !fits
    if (!fits) {
      const fault = value === undefined ? 'is missing' : 'is no object'
      problems.push({ field: path, fault, mend })
    }
  }

  has(field: string): boolean {
    return Object.hasOwn(this.#value, field)
  }

  get fields(): string[] {
    return Object.keys(this.#value)
  }

  /** The object itself, for those who look no further into it. */
  get plain(): object {
    return this.#value
  }

  problem(field: string, fault: string, mend: string): void {
    if (!this.#silent) this.#problems.push({ field: this.#name(field), fault, mend })
  }

  inner(field: string, mend: string): Checker {
    // Whoever wrote no object here has heard of it.
    if (this.#silent) return new Checker(undefined, this.#name(field), [])
    return new Checker(this.#own(field), this.#name(field), this.#problems, mend)
  }

  onlyKnown(known: readonly string[]): void {
    for (const field of this.fields) {
      if (known.includes(field)) continue
      this.problem(field, 'is not known', `remove it; known are ${known.join(', ')}`)
    }
  }

  text(field: string, pattern: RegExp, mend: string): string {
    const value = this.#own(field)
    if (typeof value === 'string' && value.length <= LONGEST && pattern.test(value)) return value
    this.problem(field, faultOf(value), mend)
    return ''
  }

  anyText(field: string): string {
    return this.text(field, /^/, 'write a text')
  }

  range(field: string, mend: string): string {
    const range = this.text(field, /\S/, mend)
    if (range !== '' && validRange(range) === null) {
      this.problem(field, `"${range}" is no range of versions`, mend)
    }
    return range
  }

  wholeNumber(field: string, mend: string): number {
    const value = this.#own(field)
    if (Number.isSafeInteger(value) && (value as number) > 0) return value as number
    this.problem(field, faultOf(value), mend)
    return 0
  }

  flag(field: string): boolean {
    const value = this.#own(field)
    if (typeof value !== 'boolean') this.problem(field, faultOf(value), 'write true or false')
    return value === true
  }

  oneOf<T extends string>(field: string, words: readonly T[], otherwise: T): T {
    const value = this.#own(field)
    if (value === undefined) return otherwise
    const found = words.find((word) => word === value)
    if (found === undefined) {
      this.problem(field, faultOf(value), `write one of ${words.join(', ')}`)
    }
    return found ?? otherwise
  }

  /** Texts of a pattern; an absent list is empty. */
  list(field: string, pattern = /./s): readonly string[] {
    const value = this.#own(field)
    if (value === undefined) return []
    const fits = (each: unknown) =>
      typeof each === 'string' && each.length <= LONGEST && pattern.test(each)
    if (Array.isArray(value) && value.length <= MOST && value.every(fits)) return value as string[]
    this.problem(field, 'is no list of plain texts', 'write ["…", "…"]')
    return []
  }

  /** One text of a pattern, or a list of them. */
  rules(field: string, pattern: RegExp, mend: string): readonly string[] {
    const value = this.#own(field)
    const list: readonly unknown[] = Array.isArray(value) ? value : [value]
    const fits = list.every((each) => typeof each === 'string' && pattern.test(each))
    if (fits && list.length <= MOST) return list as readonly string[]
    this.problem(field, faultOf(value), mend)
    return []
  }

  #own(field: string): unknown {
    return this.has(field) ? this.#value[field] : undefined
  }

  #name(field: string): string {
    return this.#path === '' ? field : `${this.#path}.${field}`
  }
}

function faultOf(value: unknown): string {
  if (value === undefined) return 'is missing'
  const shown = JSON.stringify(value)
  return `cannot be ${shown.length > 80 ? `${shown.slice(0, 80)}…` : shown}`
}

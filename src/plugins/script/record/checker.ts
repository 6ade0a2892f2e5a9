import { notAPlugin } from './record-error.ts'

/** A part of what a record has told of itself, which may be anything; asking throws what is wrong. */
export class Checker {
  readonly #value: unknown
  readonly #path: string

  private constructor(value: unknown, path: string) {
    this.#value = value
    this.#path = path
  }

  static of(json: string): Checker {
    try {
      return new Checker(JSON.parse(json), '')
    } catch {
      throw notAPlugin('declares something that is no JSON')
    }
  }

  member(name: string): Checker {
    const value = this.#value
    if (typeof value !== 'object' || value === null) throw this.#wrong('no object')
    const found = Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined
    return new Checker(found, this.#path === '' ? name : `${this.#path}.${name}`)
  }

  /** A member, if it is there. */
  maybe(name: string): Checker | undefined {
    const member = this.member(name)
    return member.#value === undefined || member.#value === null ? undefined : member
  }

  text(): string {
    const value = this.#value
    if (typeof value !== 'string') throw this.#wrong('no text')
    return value
  }

  word<const W extends string>(words: readonly W[]): W {
    const text = this.text()
    const found = words.find((each) => each === text)
    if (found === undefined) throw this.#wrong(`"${excerpt(text)}", not one of ${words.join(', ')}`)
    return found
  }

  asTexts(): readonly string[] {
    return this.#list().map((each) => each.text())
  }

  truth(name: string): boolean {
    return this.member(name).#value === true
  }

  texts(name: string): readonly string[] {
    return this.member(name).asTexts()
  }

  list(name: string): readonly Checker[] {
    return this.member(name).#list()
  }

  words<const W extends string>(name: string, words: readonly W[]): readonly W[] {
    return this.list(name).map((each) => each.word(words))
  }

  name(name: string, pattern: RegExp): string {
    return this.member(name).#named(pattern)
  }

  names(name: string, pattern: RegExp): readonly string[] {
    return this.list(name).map((each) => each.#named(pattern))
  }

  count(name: string, most: number): number {
    const member = this.member(name)
    const value = member.#value as number
    if (!Number.isInteger(value) || value < 0 || value > most) throw member.#wrong('no count')
    return value
  }

  /** Texts by names. */
  table(name: string, pattern: RegExp): Readonly<Record<string, string>> {
    const member = this.member(name)
    const names = Object.keys(Object(member.#value))
    return Object.fromEntries(
      names.map((each) => [
        new Checker(each, member.#path).#named(pattern),
        member.member(each).text(),
      ]),
    )
  }

  #list(): readonly Checker[] {
    const value = this.#value
    if (!Array.isArray(value)) throw this.#wrong('no list')
    return value.map((each) => new Checker(each, this.#path))
  }

  #named(pattern: RegExp): string {
    const text = this.text()
    if (!pattern.test(text)) throw this.#wrong(`"${excerpt(text)}", which is no name there`)
    return text
  }

  #wrong(what: string): Error {
    return notAPlugin(`declares as ${this.#path === '' ? 'plugin' : this.#path} ${what}`)
  }
}

const EXCERPT = 80

function excerpt(text: string): string {
  return text.slice(0, EXCERPT)
}

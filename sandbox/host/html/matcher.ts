import type { Candidate, Path, Step } from './selector.ts'
import type { StartTag } from './token.ts'

/** The steps of all selectors that an element, or one around it, has reached; a bit for each. */
export interface Reached {
  readonly own: Uint32Array
  readonly around: Uint32Array
}

interface NumberedPath {
  readonly path: Path
  /** Which word of `Reached` is this path's. */
  readonly word: number
  readonly selector: number
}

/**
 * Finds the selectors an element is meant by, from what the elements around it have reached: a look
 * at one element is all it takes, however deep that is.
 */
export class Matcher {
  readonly #paths: readonly NumberedPath[]
  readonly #none: Uint32Array
  readonly #nothing: Reached

  constructor(selectors: readonly (readonly Path[])[]) {
    this.#paths = selectors
      .flatMap((paths, selector) => paths.map((path) => ({ path, selector })))
      .map((each, word) => ({ ...each, word }))
    this.#none = new Uint32Array(this.#paths.length)
    this.#nothing = { own: this.#none, around: this.#none }
  }

  /** How many tests one element may take. */
  get cost(): number {
    return this.#paths.reduce((sum, { path }) => sum + path.length, 0)
  }

  /** The numbers of the selectors that mean an element, and what it has reached. */
  match(element: Candidate, parent: Reached = this.#nothing): [readonly number[], Reached] {
    const found: number[] = []
    // Most elements reach nothing: they share what is around them with their parent.
    let reached: Reached = parent.own === this.#none ? parent : { ...parent, own: this.#none }
    for (const { path, word, selector } of this.#paths) {
      const bits = reachedBy(element, path, parent.own[word] ?? 0, parent.around[word] ?? 0)
      if (bits === 0) continue
      if (reached.own === this.#none) reached = copyOf(reached)
      reached.own[word] = bits
      reached.around[word] = (reached.around[word] ?? 0) | bits
      if (bits & (1 << (path.length - 1)) && found.at(-1) !== selector) found.push(selector)
    }
    return [found, reached]
  }
}

function copyOf({ own, around }: Reached): Reached {
  return { own: own.slice(), around: around.slice() }
}

function reachedBy(element: Candidate, path: Path, parent: number, around: number): number {
  let bits = 0
  for (let i = 0; i < path.length; i++) {
    const { test, relation } = path[i] as Step
    const before = relation === undefined ? 1 : (relation === 'child' ? parent : around) >> (i - 1)
    if (before & 1 && test(element)) bits |= 1 << i
  }
  return bits
}

/** A start tag as selectors look at it. */
export class TagCandidate implements Candidate {
  readonly name: string
  readonly place: number
  readonly placeOfType: number
  readonly #tag: StartTag
  #values: Map<string, string> | undefined

  constructor(tag: StartTag, place: number, placeOfType: number) {
    this.name = tag.name
    this.place = place
    this.placeOfType = placeOfType
    this.#tag = tag
  }

  attribute(name: string): string | undefined {
    this.#values ??= new Map(this.#tag.attributes.map(({ name, value }) => [name, value]))
    return this.#values.get(name)
  }
}

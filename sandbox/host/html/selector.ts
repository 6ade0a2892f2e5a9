import { createRequire } from 'node:module'
import type { AttributeSelector, PseudoSelector, Selector } from 'css-what'
import { badSelector } from '../errors.ts'
import { byteString, lowerCase } from './byte-text.ts'
import type { HtmlLimits } from './html-limits.ts'
import { type Nth, parseNth } from './nth.ts'

/** What an element is looked at for. */
export interface Candidate {
  readonly name: string
  /** The first value under a name in lower case. */
  attribute(name: string): string | undefined
  /** Its place among the children of its parent, from 1. */
  readonly place: number
  /** Its place among those of its own name. */
  readonly placeOfType: number
}

/** Whether one element, looked at by itself, is meant. */
export type Test = (element: Candidate) => boolean

/** How an element stands to the one before it in a selector. */
export type Relation = 'descendant' | 'child'

/** One element of a selector. */
export interface Step {
  readonly test: Test
  /** To the step before; the first has none. */
  readonly relation: Relation | undefined
}

/** Elements from the outermost to the one that is meant. */
export type Path = readonly Step[]

/** Reads the selectors that Cloudflare documents for HTMLRewriter, lists with commas among them. */
export function parseSelector(text: string, limits: HtmlLimits): readonly Path[] {
  if (text.length > limits.selectorLength) throw badSelector('the selector is too long')
  const paths = parsed(text)
  if (paths.length === 0) throw badSelector('the selector is empty')
  if (partsOf(paths) > limits.selectorParts) throw badSelector('the selector has too many parts')
  return paths.map(pathOf)
}

function parsed(text: string): Selector[][] {
  const { parse } = library()
  try {
    return parse(text)
  } catch {
    throw badSelector('this is no selector')
  }
}

/** Loaded with the first selector. */
function library(): typeof import('css-what') {
  return createRequire(import.meta.url)('css-what')
}

/** With those inside of `:not()`. */
function partsOf(paths: readonly (readonly Selector[])[]): number {
  return paths.flat().reduce((sum, part) => {
    const inner = part.type === 'pseudo' && Array.isArray(part.data) ? partsOf(part.data) : 0
    return sum + 1 + inner
  }, 0)
}

function pathOf(parts: readonly Selector[]): Path {
  const path: Step[] = []
  let tests: Test[] = []
  let relation: Relation | undefined
  for (const part of parts) {
    if (part.type !== 'descendant' && part.type !== 'child') {
      tests.push(testOf(part))
      continue
    }
    path.push({ test: all(tests), relation })
    tests = []
    relation = part.type
  }
  path.push({ test: all(tests), relation })
  return path
}

function all(tests: readonly Test[]): Test {
  const [only] = tests
  if (only === undefined) throw badSelector('a part of the selector is empty')
  if (tests.length === 1) return only
  return (element) => tests.every((test) => test(element))
}

function testOf(part: Selector): Test {
  switch (part.type) {
    case 'universal':
      return () => true
    case 'tag': {
      const name = lowerCase(byteString(part.name))
      return (element) => element.name === name
    }
    case 'attribute':
      return attributeTest(part)
    case 'pseudo':
      return pseudoTest(part)
    default:
      throw badSelector(`${part.type} cannot be decided while a document streams by`)
  }
}

function attributeTest({ name: text, action, value: wanted, ignoreCase }: AttributeSelector): Test {
  const name = lowerCase(byteString(text))
  const fold = ignoreCase === true ? lowerCase : undefined
  const right = fold ? fold(byteString(wanted)) : byteString(wanted)
  const compare = COMPARISONS[action]
  if (compare === undefined) throw badSelector('unknown attribute operator')
  return (element) => {
    const value = element.attribute(name)
    return value !== undefined && compare(fold ? fold(value) : value, right)
  }
}

/** Selectors Level 4, 6.1 and 6.2; an empty text is part of nothing. */
const COMPARISONS: Readonly<Record<string, (value: string, wanted: string) => boolean>> = {
  exists: () => true,
  equals: (value, wanted) => value === wanted,
  element: (value, wanted) => wanted !== '' && value.split(/[\t\n\f\r ]+/).includes(wanted),
  start: (value, wanted) => wanted !== '' && value.startsWith(wanted),
  end: (value, wanted) => wanted !== '' && value.endsWith(wanted),
  any: (value, wanted) => wanted !== '' && value.includes(wanted),
  hyphen: (value, wanted) => value === wanted || value.startsWith(`${wanted}-`),
}

function pseudoTest({ name, data }: PseudoSelector): Test {
  switch (name) {
    case 'first-child':
      return ({ place }) => place === 1
    case 'first-of-type':
      return ({ placeOfType }) => placeOfType === 1
    case 'nth-child': {
      const nth = nthOf(data)
      return ({ place }) => nth(place)
    }
    case 'nth-of-type': {
      const nth = nthOf(data)
      return ({ placeOfType }) => nth(placeOfType)
    }
    case 'not':
      return notTest(data)
    default:
      throw badSelector('this pseudo-class cannot be decided while a document streams by')
  }
}

function notTest(data: PseudoSelector['data']): Test {
  if (!Array.isArray(data) || data.length === 0) throw badSelector(':not() without a selector')
  const tests = data.map((parts) => all(parts.map(testOf)))
  return (element) => !tests.some((test) => test(element))
}

function nthOf(data: PseudoSelector['data']): Nth {
  const nth = typeof data === 'string' ? parseNth(data) : undefined
  if (nth === undefined) throw badSelector('a place is neither a number nor an+b')
  return nth
}

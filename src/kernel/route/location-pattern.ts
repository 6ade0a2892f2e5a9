import { byteString } from '../../base/byte-string.ts'

/** What a location matches. Texts are byte strings, as decoded URIs are. */
export type LocationPattern =
  | { readonly kind: 'exact'; readonly text: string }
  /** `alone`: written with `^~`, regular expressions are not asked once it is the longest. */
  | { readonly kind: 'prefix'; readonly text: string; readonly alone: boolean }
  | { readonly kind: 'regex'; readonly text: string; readonly regex: RegExp }
  | { readonly kind: 'named'; readonly text: string }

/** What reading a pattern needs from where it stands. */
export interface PatternContext {
  regex(source: string, flags: 'i' | ''): RegExp
  fail(text: string, hint?: string): never
}

const MODIFIERS = ['=', '^~', '~*', '~'] as const
type Modifier = (typeof MODIFIERS)[number]

/** Reads the arguments of `location`; the modifier may stand apart or touch the pattern. */
export function readLocationPattern(
  args: readonly string[],
  context: PatternContext,
): LocationPattern {
  const [first = '', second] = args
  if (second === undefined) {
    if (first.startsWith('@')) return { kind: 'named', text: byteString(first) }
    const modifier = MODIFIERS.find((each) => first.startsWith(each))
    if (!modifier) return { kind: 'prefix', text: byteString(first), alone: false }
    return withModifier(modifier, first.slice(modifier.length), context)
  }
  const modifier = MODIFIERS.find((each) => each === first)
  if (modifier) return withModifier(modifier, second, context)
  return context.fail(`invalid location modifier "${first}"`, 'write =, ^~, ~ or ~*')
}

function withModifier(modifier: Modifier, text: string, context: PatternContext): LocationPattern {
  switch (modifier) {
    case '=':
      return { kind: 'exact', text: byteString(text) }
    case '^~':
      return { kind: 'prefix', text: byteString(text), alone: true }
    case '~':
      return { kind: 'regex', text, regex: context.regex(text, '') }
    case '~*':
      return { kind: 'regex', text, regex: context.regex(text, 'i') }
  }
}

/** The prefix of what a location that is no regular expression matches, from its arguments. */
export function prefixOf([first = '', second]: readonly string[]): string | undefined {
  const modifier = MODIFIERS.find((each) => first.startsWith(each)) ?? ''
  if (modifier.startsWith('~')) return undefined
  return byteString(second ?? first.slice(modifier.length))
}

/** Why a location may not stand inside another one; undefined when it may. As in nginx. */
export function nestingFault(inner: LocationPattern, outer: LocationPattern): string | undefined {
  if (outer.kind === 'exact') {
    return `location "${inner.text}" cannot be inside the exact location "${outer.text}"`
  }
  if (outer.kind === 'named') {
    return `location "${inner.text}" cannot be inside the named location "${outer.text}"`
  }
  if (inner.kind === 'named') {
    return `named location "${inner.text}" can be on the server level only`
  }
  if (inner.kind !== 'regex' && !inner.text.startsWith(outer.text)) {
    return `location "${inner.text}" is outside location "${outer.text}"`
  }
  return undefined
}

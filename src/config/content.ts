import { ConfigError } from '../kernel/directive/mark.ts'
import { markOf, type RawPair, type RawValue, type Source } from './tree.ts'

/**
 * The directives of a block's content, a mapping or a list of one-key mappings, in the order
 * written. Includes are still in their places.
 */
export function contentPairs(value: RawValue, sources: readonly Source[]): readonly RawPair[] {
  if ('map' in value) return value.map
  if ('list' in value) return value.list.map((item) => onlyPair(item, sources))
  if ('text' in value && value.text === '') return []
  throw new ConfigError(
    markOf({ sources }, value.at),
    'a block is expected here',
    'write a mapping of directives, or a list of one-key mappings',
  )
}

function onlyPair(item: RawValue, sources: readonly Source[]): RawPair {
  const [pair, second] = 'map' in item ? item.map : []
  if (pair && !second) return pair
  throw new ConfigError(
    markOf({ sources }, second ? second.key.at : item.at),
    'each item of a block written as a list is one directive',
    'write "- name: value"',
  )
}

/** The pairs with those of included files in place of each `include`. */
export function withIncludes(pairs: readonly RawPair[], sources: readonly Source[]): RawPair[] {
  return pairs.flatMap((pair) =>
    pair.sources
      ? pair.sources.flatMap((index) => withIncludes(sources[index]?.pairs ?? [], sources))
      : [pair],
  )
}

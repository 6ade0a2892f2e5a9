import { relative } from 'node:path'
import type { Node } from '../kernel/directive/directive.ts'
import type { Mark } from '../kernel/directive/mark.ts'
import type { FilterStep, Step } from '../kernel/phase/plan.ts'
import { type Block, inheritsInto, isBranch, keyOf, type Occurring, type Written } from './block.ts'
import { quoted } from './quoted.ts'

// What a place comes to, in the words that plans and explanations are told in.

/** `access: access, limit-req` for each phase in which somebody acts. */
export function handlerLines(steps: readonly Step[]): string[] {
  return grouped(steps.map(({ phase, plugin }) => [phase, plugin]))
}

/** `encode: gzip` for each stage with a filter. */
export function filterLines(filters: readonly FilterStep[]): string[] {
  return grouped(filters.map(({ stage, plugin }) => [stage, plugin]))
}

export function grouped(pairs: readonly (readonly [key: string, plugin: string])[]): string[] {
  const groups = new Map<string, string[]>()
  for (const [key, plugin] of pairs) groups.set(key, [...(groups.get(key) ?? []), plugin])
  return [...groups].map(([key, plugins]) => `${key}: ${plugins.join(', ')}`)
}

/** Every directive that counts in a block, as written there or further out. */
export function directivesIn(block: Block): Occurring[] {
  return effectiveIn(block).flatMap(nodesOf)
}

export function nodesOf({ nodes }: Written): readonly Occurring[] {
  return nodes
}

/** What counts in a block: all that is written in it, and what it inherits. */
export function effectiveIn(block: Block): Written[] {
  const found = new Map(
    (block.parent ? effectiveIn(block.parent) : []).map((each) => [
      keyOf(each.definition.directive),
      each,
    ]),
  )
  for (const [key, written] of block.written) found.set(key, written)
  return [...found.values()].filter(
    ({ definition: { directive } }) =>
      block.written.has(keyOf(directive)) ||
      (inheritsInto(directive, block) && mayStandIn(directive.scopes, block)),
  )
}

/** A directive of an outer scope counts here if it could have been written here. */
function mayStandIn(scopes: readonly string[], block: Block): boolean {
  const within = isBranch(block) ? 'location' : block.scope
  return scopes.includes(within) || (block.scope === 'http' && scopes.includes('server'))
}

/** A directive on one line, as nginx would need it written. */
export function printNode({ name, args, block }: Node): string {
  const words = [name, ...args].map(written).join(' ')
  return block ? `${words} { ${block.map(printNode).join('; ')} }` : words
}

/** In quotes where it must be. */
function written(word: string): string {
  return word !== '' && !/[\s;"'\\{}]/.test(word) ? word : quoted(word)
}

/** `file:line`, the file relative to a folder. */
export function shortMark({ file, line }: Mark, folder: string): string {
  return `${file.startsWith('/') ? relative(folder, file) : file}:${line}`
}

import { Document, isMap, Pair, Scalar, YAMLMap, YAMLSeq } from 'yaml'
import { type Key, keyOf } from '../block.ts'
import { NOTHING } from '../format/nothing.ts'
import { splitWords } from '../lexer.ts'
import { quoted } from '../quoted.ts'
import type { Item } from './items.ts'

/** Directives as YAML; `last` are comments behind them. */
export function emitYaml(items: readonly Item[], last: readonly string[]): string {
  const document = new Document(undefined, { schema: 'failsafe', customTags: [NOTHING] })
  document.contents = blockOf(items)
  if (last.length > 0) document.comment = last.join('\n')
  return document.toString({ lineWidth: 0, minContentWidth: 0 })
}

/** A mapping where every word can stand once and order is kept, else a list of mappings. */
function blockOf(items: readonly Item[]): YAMLMap | YAMLSeq {
  const groups = groupsOf(items)
  if (groups) return mapOf(groups.map((group) => pairOf(group)))
  const list = new YAMLSeq()
  list.items = items.map((item) => mapOf([pairOf([item])]))
  return list
}

/** What is written of one word, together; undefined where that cannot be. */
function groupsOf(items: readonly Item[]): Item[][] | undefined {
  const groups = new Map<string, Item[]>()
  for (const item of items) {
    const group = groups.get(item.name)
    if (!group) groups.set(item.name, [item])
    else if (item.directive) group.push(item)
    else return undefined
  }
  const all = [...groups.values()]
  return keepsOrder(items, all.flat()) ? all : undefined
}

/** Whether words that share one value, such as rewrite's or `allow` and `deny`, keep their order. */
function keepsOrder(before: readonly Item[], after: readonly Item[]): boolean {
  const wanted = byKey(before)
  return [...byKey(after)].every(([key, items]) => {
    return items.every((item, i) => item === wanted.get(key)?.[i])
  })
}

function byKey(items: readonly Item[]): Map<Key, Item[]> {
  const found = new Map<Key, Item[]>()
  for (const item of items) {
    if (!item.directive) continue
    const key = keyOf(item.directive)
    found.set(key, [...(found.get(key) ?? []), item])
  }
  return found
}

/** `word: …` for all that is written of it in a block. */
function pairOf(group: readonly Item[]): Pair {
  const [first] = group as [Item]
  const { directive, name, items } = first
  const key = scalar(directive ? name : [name, ...(items ? first.args : [])].map(lexed).join(' '))
  if (!items) return remarked(key, group, valuesOf(group))
  if (!directive) return remarked(key, group, blockOf(items))
  if (directive.shape.max > 0) return remarked(key, group, namedBlocks(group))
  if (!directive.repeat) return remarked(key, group, blockOf(items))
  return remarked(
    key,
    group,
    listOf(group, ({ items: inside }) => blockOf(inside ?? [])),
  )
}

function valuesOf(group: readonly Item[]): Scalar | YAMLSeq {
  const [first] = group as [Item]
  if (group.length === 1) return argsOf(first)
  return listOf(group, argsOf)
}

/** `arguments: block`, in a list where two have the same. */
function namedBlocks(group: readonly Item[]): YAMLMap | YAMLSeq {
  const pairs = group.map((item) => {
    const key = scalar(item.args.map(lexed).join(' '))
    return remarked(key, group.length > 1 ? [item] : [], blockOf(item.items ?? []))
  })
  const names = new Set(pairs.map(({ key }) => String((key as Scalar).value)))
  if (names.size === pairs.length) return mapOf(pairs)
  const list = new YAMLSeq()
  list.items = pairs.map((pair) => mapOf([pair]))
  return list
}

function listOf(group: readonly Item[], node: (item: Item) => Scalar | YAMLMap | YAMLSeq): YAMLSeq {
  const list = new YAMLSeq()
  list.items = group.map((item) => {
    const made = node(item)
    const { before, beside } = item.remarks
    if (group.length === 1) return made
    const texts = [...before, ...(isMap(made) && beside !== undefined ? [beside] : [])]
    if (texts.length > 0) made.commentBefore = texts.join('\n')
    if (!isMap(made) && beside !== undefined) made.comment = beside
    return made
  })
  return list
}

/** A pair with the comments of the one item it is of. */
function remarked(key: Scalar, group: readonly Item[], value: Scalar | YAMLMap | YAMLSeq): Pair {
  const [only, second] = group
  if (!only || second) return new Pair(key, value)
  const { before, beside } = only.remarks
  const isLine = value instanceof Scalar
  const texts = [...before, ...(beside !== undefined && !isLine ? [beside] : [])]
  if (texts.length > 0) key.commentBefore = texts.join('\n')
  if (beside !== undefined && isLine) value.comment = beside
  return new Pair(key, value)
}

function mapOf(pairs: readonly Pair[]): YAMLMap {
  const map = new YAMLMap()
  map.items = [...pairs]
  // Nothing would be text.
  if (pairs.length === 0) map.flow = true
  return map
}

function argsOf({ args, directive }: Item): Scalar | YAMLSeq {
  if (args.length === 0) return new Scalar(null)
  const words = args.map(lexed)
  // In YAML's quotes, the value of a line is one word.
  if (directive || words.length === 1 || words.every((word) => PLAIN.test(word))) {
    return scalar(words.join(' '))
  }
  const list = new YAMLSeq()
  list.items = words.map(scalar)
  list.flow = true
  return list
}

/** What YAML has no quotes for. */
const PLAIN = /^[\w./+-]+$/

function scalar(text: string): Scalar {
  return new Scalar(text)
}

/** A word so that it is one, and the same, once it is split again. */
function lexed(word: string): string {
  return word !== '' && isOneWord(word) ? word : quoted(word)
}

function isOneWord(word: string): boolean {
  try {
    const words = splitWords(word)
    return words.length === 1 && words[0] === word
  } catch {
    return false
  }
}

import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Pair,
  Scalar,
  YAMLMap,
  YAMLSeq,
} from 'yaml'
import { quotesMatter } from './quotes.ts'

/** As everywhere in the project. */
const LINE = 100
const INDENT = 2

/**
 * Gives the nodes of a document the project's style: no quotes that nobody needs; `[a, b]` and
 * `{ a: b }` on one line, or blocks where that would be too long.
 */
export function restyle({ contents }: Document.Parsed): void {
  if (contents) restyleNode(contents, 0, 0)
}

/** `indent` is that of the lines of a block here; `used` is what stands on the line before it. */
function restyleNode(node: unknown, indent: number, used: number): void {
  if (isScalar(node)) restyleScalar(node)
  if (!isCollection(node)) return
  if (node.flow && node.items.length > 0 && !fits(node, used)) node.flow = false
  pad(node)
  for (const item of node.items) {
    if (!isPair(item)) {
      restyleNode(item, indent + INDENT, node.flow ? 0 : indent + INDENT)
      continue
    }
    restylePair(item, node.flow ? 'flow' : 'block', indent)
  }
}

function restylePair(pair: Pair, style: 'flow' | 'block', indent: number): void {
  restyleNode(pair.key, indent, 0)
  // `? key`, and a word of `{ word }`: in a block both are written as `key:`.
  if (pair.value === null && style === 'block') pair.value = new Scalar(null)
  const used = style === 'flow' ? 0 : indent + lengthOf(pair.key) + ': '.length
  restyleNode(pair.value, indent + INDENT, used)
}

function restyleScalar(scalar: Scalar): void {
  const { type, value } = scalar
  const quoted = type === 'QUOTE_DOUBLE' || type === 'QUOTE_SINGLE'
  // Where YAML needs them they come back.
  if (quoted && !quotesMatter(String(value ?? ''))) scalar.type = 'PLAIN'
}

/** Whether a collection may stand on the line of its key. */
function fits(node: YAMLMap | YAMLSeq, used: number): boolean {
  return isBare(node) && used + lengthOf(node) <= LINE
}

/** Without comments and blank lines inside. */
function isBare(node: unknown): boolean {
  if (isPair(node)) return isBare(node.key) && isBare(node.value)
  if (!isCollection(node)) return true
  return node.items.every((item) => {
    const parts = isPair(item) ? [item.key, item.value] : [item]
    return parts.every((part) => !isRemarked(part)) && isBare(item)
  })
}

function isRemarked(node: unknown): boolean {
  if (!isScalar(node) && !isCollection(node) && !isAlias(node)) return false
  return Boolean(node.comment || node.commentBefore || node.spaceBefore)
}

/** Characters on one line, quotes reckoned with where there may be some. */
function lengthOf(node: unknown): number {
  if (isPair(node)) return lengthOf(node.key) + ': '.length + lengthOf(node.value)
  if (isAlias(node)) return node.source.length + 1
  if (isScalar(node)) return String(node.value ?? '').length + (node.type === 'PLAIN' ? 0 : 2)
  if (!isCollection(node)) return 0
  const items = node.items.reduce<number>((sum, item) => sum + lengthOf(item) + ', '.length, 0)
  return items + (isMap(node) ? '{  }'.length : '[]'.length)
}

/** Blanks inside of braces, none inside of brackets. */
function pad(node: YAMLMap | YAMLSeq): void {
  const [kind, padding] = isSeq(node) ? [YAMLSeq, ''] : [YAMLMap, ' ']
  const print = kind.prototype.toString
  node.toString = (context, ...rest) => {
    const padded = context && { ...context, flowCollectionPadding: padding }
    return print.call(node, padded, ...rest)
  }
}

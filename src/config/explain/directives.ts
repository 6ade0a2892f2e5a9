import type { Occurring } from '../block.ts'
import { printNode } from '../place.ts'
import type { ExplainedDirective } from './explanation.ts'

/** A directive as it stands in an explanation. */
export function explainDirective(node: Occurring): ExplainedDirective {
  return { name: node.name, args: node.args, mark: node.mark, text: printNode(node) }
}

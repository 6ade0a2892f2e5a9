import type { Block } from '../block.ts'

/** Every use of a word that has no meaning here, with its place and the reason. */
export function idleUses(block: Block): string[] {
  const here = [...block.written.values()].flatMap(({ definition, nodes }) => {
    const { idle } = definition.directive
    return idle === undefined ? [] : nodes.map((node) => told(node.mark, node.name, idle))
  })
  return [...here, ...block.children.flatMap(idleUses)]
}

function told({ file, line, column }: Block['mark'], name: string, why: string): string {
  return `${file}:${line}:${column}: "${name}" has no meaning here: ${why}`
}

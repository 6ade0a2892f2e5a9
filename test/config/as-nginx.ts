import type { Block } from '../../src/config/block.ts'
import type { Node } from '../../src/kernel/directive/directive.ts'

/** What is written in a block, whatever it was written in, in nginx's syntax. */
export function asNginx(block: Block): string {
  const lines = [...block.written.values()].flatMap(({ nodes }) => {
    return nodes.map((node) => {
      const child = block.children.find(({ branch }) => branch && branch === node.branch)
      return child ? `${words(node)} { ${asNginx(child)} }` : line(node)
    })
  })
  const blocks = block.children
    .filter(({ branch }) => !branch)
    .map((child) => `${words({ name: child.scope, args: child.args })} { ${asNginx(child)} }`)
  return [...lines, ...blocks].join('\n')
}

function line(node: Node): string {
  return node.block ? `${words(node)} { ${node.block.map(line).join('\n')} }` : `${words(node)};`
}

function words({ name, args }: Pick<Node, 'name' | 'args'>): string {
  return [name, ...args].map(quoted).join(' ')
}

function quoted(word: string): string {
  const escaped = word
    .replace(/["\\]/g, '\\$&')
    .replace(/\t/g, '\\t')
    .replace(/\n/g, '\\n')
    .replace(/\r/g, '\\r')
  return `"${escaped}"`
}

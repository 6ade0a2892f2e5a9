import type { Directive } from '../../kernel/directive/directive.ts'
import type { AnyPlugin } from '../../kernel/plugin-record.ts'
import { mainDirectives } from '../../kernel/settings/main.ts'
import { types } from '../../kernel/settings/types.ts'
import { formatYaml, UnsafeFormat } from '../format/format-yaml.ts'
import { syntaxOf } from '../syntax.ts'
import { Table } from '../table.ts'
import type { ConfigTree } from '../tree.ts'
import { emitYaml } from './emit.ts'
import { type Item, itemsOf } from './items.ts'

/**
 * A configuration, which compiles, as one YAML text that means the same: what it includes stands in
 * its place, and defaults that are nginx's own are written. Comments are kept.
 */
export function convertConfig(tree: ConfigTree, plugins: readonly AnyPlugin[]): string {
  const { items, last } = itemsOf(tree, new Table(plugins))
  const whole = syntaxOf(tree.path) === 'nginx' ? withDefaults(items) : items
  const text = emitYaml(whole, last)
  try {
    return formatYaml(text, tree.path)
  } catch (error) {
    if (error instanceof UnsafeFormat) return text
    throw error
  }
}

/** What an nginx.conf begins with and YAML does not. */
function withDefaults(items: readonly Item[]): Item[] {
  const daemon = made('daemon', mainDirectives.daemon, ['on'])
  const whole = items.map((item) => {
    if (item.name !== 'http' || item.items?.some(({ name }) => name === 'types')) return item
    return { ...item, items: [nginxTypes(), ...(item.items ?? [])] }
  })
  return items.some(({ name }) => name === 'daemon') ? whole : [daemon, ...whole]
}

function nginxTypes(): Item {
  const lines = [...types.initial].map(([extension, type]) => made(type, undefined, [extension]))
  return { ...made('types', types, []), items: lines }
}

function made(name: string, directive: Directive<unknown> | undefined, args: string[]): Item {
  const remarks = { before: [], beside: undefined }
  return { name, args, directive, items: undefined, remarks }
}

import { type Directives, SCOPES, type Scope } from '../kernel/directive/directive.ts'
import type { AnyPlugin } from '../kernel/plugin-record.ts'
import { describedDirective, type Schema } from './schema.ts'

/** What a plugin brings, as plain data: what packages carry as `schema.json`. */
export interface PluginDescription {
  readonly plugin: string
  readonly doc: string
  readonly directives: Readonly<Record<string, DirectiveDescription>>
  readonly variables: Readonly<Record<string, string>>
  /** That it takes part where none of these words is written: always, or by words it computes. */
  readonly always?: boolean
}

interface DirectiveDescription {
  readonly doc: string
  readonly scopes: readonly string[]
  readonly usage: string
  readonly schema: Schema
}

/** Describes a plugin's directives and variables. */
export function describePlugin(plugin: AnyPlugin): PluginDescription {
  const own: Directives = plugin.directives ?? {}
  const directives = Object.entries(own).map(([name, directive]) => {
    const { doc, scopes, shape } = directive
    const schema = describedDirective(name, directive)
    return [name, { doc, scopes: inOrder(scopes), usage: shape.usage, schema }] as const
  })
  const variables = Object.entries(plugin.variables ?? {}).map(([name, { doc }]) => [name, doc])
  return {
    plugin: plugin.name,
    doc: plugin.doc ?? '',
    directives: Object.fromEntries(directives),
    variables: Object.fromEntries(variables),
    ...((plugin.always || computesWords(plugin)) && { always: true }),
  }
}

function computesWords({ families = {} }: AnyPlugin): boolean {
  return Object.keys(families).length > 0
}

function inOrder(scopes: readonly Scope[]): readonly Scope[] {
  return SCOPES.filter((scope) => scopes.includes(scope))
}

import {
  type AnyPlugin,
  type Directive,
  type Directives,
  type OpenPhase,
  PHASES,
  STAGES,
} from 'gateway/plugin'
import type { Declaration, DeclaredDirective } from '../given.ts'

/** Parts of a plugin that need what only the gateway's own process has. */
const NATIVE = ['ready', 'isolate', 'certificate'] as const

/** What a record declares. */
export function declarationOf(plugin: AnyPlugin): Declaration {
  const { families = {}, filters = {}, variables = {} } = plugin
  const directives: Directives = plugin.directives ?? {}
  const known = new Map<Directive<unknown>, string[]>()
  for (const [word, directive] of Object.entries(directives)) {
    known.set(directive, [...(known.get(directive) ?? []), word])
  }
  const sequences = [...new Set([...known.keys()].map(({ sequence }) => sequence))]
  return {
    name: plugin.name,
    doc: plugin.doc,
    directives: [...known].map(([each, words]) => directiveOf(each, words, sequences)),
    phases: PHASES.filter((phase) => phase in plugin) as OpenPhase[],
    stages: STAGES.filter((stage) => filters[stage] !== undefined),
    variables: docsOf(variables),
    families: docsOf(families),
    balances: plugin.balancer !== undefined,
    always: plugin.always === true,
    wraps: plugin.wraps === true,
    choosesBy: plugin.choosesBy,
    unportable: unportableIn(plugin),
  }
}

function directiveOf(
  { claims, doc, inherits, repeat, scopes, sequence, shape }: Directive<unknown>,
  words: readonly string[],
  sequences: readonly (symbol | undefined)[],
): DeclaredDirective {
  return {
    words,
    doc,
    scopes,
    shape,
    repeat: repeat === true,
    sequence: sequence && sequences.indexOf(sequence),
    inherits,
    claims,
  }
}

function docsOf(table: Readonly<Record<string, { readonly doc: string }>>): Record<string, string> {
  return Object.fromEntries(Object.entries(table).map(([name, { doc }]) => [name, doc]))
}

function unportableIn(plugin: AnyPlugin): string[] {
  const { variables = {} } = plugin
  const directives: Directives = plugin.directives ?? {}
  const set = Object.entries(variables).filter(([, variable]) => variable.set)
  const opening = Object.entries(directives).filter(([, { opens }]) => opens)
  return [
    ...NATIVE.filter((part) => part in plugin),
    ...set.map(([name]) => `set of variable "${name}"`),
    ...opening.map(([word]) => `the block of "${word}"`),
  ]
}

import { fullTypes } from '../../src/config/mime.ts'
import { Table } from '../../src/config/table.ts'
import { type Directive, SCOPES, type Scope } from '../../src/kernel/directive/directive.ts'
import type { AnyPlugin } from '../../src/kernel/plugin-record.ts'

/** One word of the reference. Words that share a directive (`allow`, `deny`) have one entry. */
export interface Documented {
  readonly names: readonly string[]
  readonly directive: Directive<unknown>
  /** Where it may stand; a scope that no block opens is left out. */
  readonly contexts: readonly Scope[]
}

/** Words that belong together. */
export interface Chapter {
  readonly title: string
  readonly text: string
  /** The plugin they come from; undefined for the kernel. */
  readonly plugin: string | undefined
  readonly words: readonly Documented[]
}

const IDLE =
  'Words of nginx that are accepted and checked and change nothing, so that a configuration that has them runs as it is. `gateway -t -v` lists those that are written.'

type Word = readonly [name: string, directive: Directive<unknown>]

/** Every directive there is, in chapters: the kernel's by what they are about, then by plugin. */
export function chapters(plugins: readonly AnyPlugin[]): Chapter[] {
  const table = new Table(plugins, { types: fullTypes })
  const { kernel } = table
  const reachable = reachableScopes(table)
  const seen = new Set<Directive<unknown>>()
  const chapter = (title: string, text: string, all: readonly Word[], plugin?: string): Chapter => {
    // A word that counts in two places (`error_log`) stands in the first chapter.
    const words = all.filter(([, directive]) => !seen.has(directive))
    for (const [, directive] of words) seen.add(directive)
    return { title, text, plugin, words: documented(words, reachable) }
  }
  const of = (group: keyof typeof kernel): Word[] => Object.entries(kernel[group].directives)
  return [
    chapter('Blocks', 'What a configuration is made of.', blocks(table)),
    chapter('Processes', 'About the master and its workers.', [...of('main'), ...of('events')]),
    chapter('Servers', 'What counts before a location is known.', [
      ...of('listen'),
      ...of('names'),
      ...of('server'),
    ]),
    chapter('TLS', 'How a server speaks it, where `listen` says `ssl`.', of('tls')),
    chapter('Locations', 'What may differ from location to location.', of('location')),
    chapter('Upstreams', 'Peers, and the connections to them.', of('upstream')),
    ...table.plugins
      .filter(({ directives }) => Object.keys(directives).length > 0)
      .map(({ name, directives, plugin }) => {
        return chapter(`Plugin ${name}`, plugin?.doc ?? '', Object.entries(directives), name)
      }),
    chapter('Without meaning', IDLE, Object.entries(table.idle.directives)),
  ]
}

/** Scopes that some block opens, and the main one. */
function reachableScopes(table: Table): ReadonlySet<Scope> {
  const opened = table
    .definitions()
    .flatMap(({ opens, directive }) => [opens, ...Object.values(directive.opens ?? {})])
  return new Set<Scope>(['main', ...opened.filter((scope) => scope !== undefined)])
}

function blocks(table: Table): Word[] {
  return SCOPES.flatMap((name) => {
    for (const scope of SCOPES) {
      const found = table.find(name, scope)
      if (found?.opens) return [[name, found.directive] as const]
    }
    return []
  })
}

function documented(words: readonly Word[], reachable: ReadonlySet<Scope>): Documented[] {
  const entries: Documented[] = []
  for (const [name, directive] of words) {
    const twin = entries.findIndex((each) => each.directive === directive)
    const known = entries[twin]
    if (known) entries[twin] = { ...known, names: [...known.names, name] }
    else {
      const contexts = directive.scopes.filter((scope) => reachable.has(scope))
      entries.push({ names: [name], directive, contexts })
    }
  }
  return entries
}

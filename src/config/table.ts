import {
  type Directive,
  type Directives,
  SCOPES,
  type Scope,
} from '../kernel/directive/directive.ts'
import { directive } from '../kernel/directive/readers.ts'
import { listen } from '../kernel/listen/listen-directive.ts'
import type { AnyPlugin } from '../kernel/plugin-record.ts'
import { serverName } from '../kernel/route/server-name.ts'
import { locationDirectives } from '../kernel/settings/location.ts'
import { eventsDirectives, mainDirectives } from '../kernel/settings/main.ts'
import { serverDirectives } from '../kernel/settings/server.ts'
import { upstreamDirectives } from '../kernel/settings/upstream.ts'
import { http2Directives } from '../serve/http2/directives.ts'
import { tlsDirectives } from '../serve/tls/directives.ts'
import { didYouMean } from './nearest.ts'
import { PluginOrder } from './plugin-order.ts'
import { idleDirectives } from './words/idle.ts'

/** Directives whose values are given to someone together: the kernel's settings, or a plugin. */
export interface Group {
  readonly name: string
  readonly directives: Directives
  /** Its handlers and filters get the values. */
  readonly plugin: AnyPlugin | undefined
}

/** A word that may stand in a configuration. */
export interface Definition {
  readonly name: string
  readonly directive: Directive<unknown>
  /** Who gets the value: more than one where a directive counts in several places. */
  readonly groups: readonly Group[]
  /** The scope of its block, where that holds directives again. */
  readonly opens: Scope | undefined
}

/** Blocks that make up a configuration; they have no value of their own. */
const STRUCTURE = {
  events: block(['main'], 'events', 'Settings of connections.', '', 0, 0),
  http: block(['main'], 'http', 'Everything about HTTP.', '', 0, 0),
  upstream: block(['http'], 'upstream', 'A named group of peers.', 'name', 1, 1),
  server: block(
    ['http'],
    'server',
    'A server: what is served under some names and addresses.',
    '',
    0,
    0,
  ),
  location: block(
    ['server', 'location'],
    'location',
    'What is done for some URIs.',
    '[ = | ~ | ~* | ^~ ] uri',
    1,
    2,
  ),
} as const

function block(
  scopes: readonly Scope[],
  opens: Scope,
  doc: string,
  usage: string,
  min: number,
  max: number,
): { opens: Scope; directive: Directive<undefined> } {
  const repeat = opens !== 'http' && opens !== 'events'
  const read = (): undefined => undefined
  const options = {
    in: scopes,
    default: undefined,
    doc,
    usage: `${usage} { ... }`.trim(),
    min,
    max,
  }
  return { opens, directive: directive<undefined>({ ...options, kind: 'block', repeat, read }) }
}

const KERNEL_TABLES = {
  main: mainDirectives,
  events: eventsDirectives,
  upstream: upstreamDirectives,
  server: serverDirectives,
  listen: { listen },
  tls: tlsDirectives,
  http2: http2Directives,
  names: { server_name: serverName },
  location: locationDirectives,
} as const satisfies Readonly<Record<string, Directives>>

/** The groups of the kernel's own settings, by what they are for. */
export type KernelGroups = { readonly [K in keyof typeof KERNEL_TABLES]: Group }

/** Two plugins, or a plugin and the kernel, have the same word for one scope. */
export class WordTaken extends Error {}

/** All words of the kernel and of the loaded plugins. */
export class Table {
  readonly kernel: KernelGroups
  /** One for each plugin, in their order. */
  readonly plugins: readonly Group[]
  /** Words that are accepted and change nothing. */
  readonly idle: Group
  readonly order: PluginOrder
  readonly #words = new Map<string, Definition[]>()

  /** `defaults` stands in for directives of the kernel: those whose initial values are others. */
  constructor(plugins: readonly AnyPlugin[], defaults: Directives = {}) {
    for (const [name, { opens, directive }] of Object.entries(STRUCTURE)) {
      this.#add({ name, directive, groups: [], opens })
    }
    const groups = Object.entries<Directives>(KERNEL_TABLES).map(([name, own]) => {
      const words = Object.keys(own).map((word) => [word, defaults[word] ?? own[word]])
      return [name, this.#addGroup(name, Object.fromEntries(words), undefined)] as const
    })
    this.kernel = Object.fromEntries(groups) as unknown as KernelGroups
    this.order = new PluginOrder(plugins)
    this.plugins = plugins.map((plugin) =>
      this.#addGroup(plugin.name, plugin.directives ?? {}, plugin),
    )
    // Whoever gives one of these words a meaning has it for himself.
    const idle = Object.entries(idleDirectives).filter(([word]) => !this.#words.has(word))
    this.idle = this.#addGroup('idle', Object.fromEntries(idle), undefined)
  }

  /** What a word means in a scope. */
  find(name: string, scope: Scope): Definition | undefined {
    return this.#words.get(name)?.find(({ directive }) => directive.scopes.includes(scope))
  }

  /** Where a word may stand; nowhere when it is unknown. */
  scopesOf(name: string): Scope[] {
    const found = this.#words.get(name) ?? []
    return SCOPES.filter((scope) => found.some(({ directive }) => directive.scopes.includes(scope)))
  }

  /** Every word there is, in the order of kernel and plugins. */
  definitions(): Definition[] {
    return [...this.#words.values()].flat()
  }

  /** A hint for an unknown word: the nearest one of the scope, else of any. */
  suggestion(name: string, scope: Scope): string | undefined {
    const here = [...this.#words.keys()].filter((word) => this.find(word, scope))
    return didYouMean(name, here) ?? didYouMean(name, this.#words.keys())
  }

  #addGroup(name: string, directives: Directives, plugin: AnyPlugin | undefined): Group {
    const group: Group = { name, directives, plugin }
    for (const [word, directive] of Object.entries(directives))
      this.#addWord(word, directive, group)
    return group
  }

  #addWord(name: string, directive: Directive<unknown>, group: Group): void {
    const known = this.#words.get(name)?.find((each) => each.directive === directive)
    if (!known) {
      this.#add({ name, directive, groups: [group], opens: undefined })
      return
    }
    // `error_log` counts for the main block and for locations: one word, two tables.
    const words = this.#words.get(name) as Definition[]
    words[words.indexOf(known)] = { ...known, groups: [...known.groups, group] }
  }

  #add(definition: Definition): void {
    const { name, directive, groups } = definition
    const words = this.#words.get(name) ?? []
    for (const other of words) {
      const shared = directive.scopes.find((scope) => other.directive.scopes.includes(scope))
      if (shared === undefined) continue
      const owner = other.groups[0]?.plugin ? `plugin "${other.groups[0].name}"` : 'the kernel'
      throw new WordTaken(
        `plugin "${groups[0]?.name}" defines "${name}" in scope ${shared}, which ${owner} defines`,
      )
    }
    this.#words.set(name, [...words, definition])
  }
}

import { resolve } from 'node:path'
import { byteString } from '../base/byte-string.ts'
import type { Directives } from '../kernel/directive/directive.ts'
import type { ConfigError, Mark } from '../kernel/directive/mark.ts'
import type { Plan } from '../kernel/phase/plan.ts'
import type { AnyPlugin } from '../kernel/plugin-record.ts'
import { type LocationPattern, readLocationPattern } from '../kernel/route/location-pattern.ts'
import { locationDirectives } from '../kernel/settings/location.ts'
import { type EventsSettings, type MainSettings, mainDirectives } from '../kernel/settings/main.ts'
import type { Upstream } from '../kernel/upstream/upstream.ts'
import { Variables } from '../kernel/variable/registry.ts'
import { constant } from '../kernel/variable/template.ts'
import type { Block } from './block.ts'
import { BoundEntry } from './bound-entry.ts'
import { compileListens } from './compile-listens.ts'
import { type Origins, ServerCompiler } from './compile-server.ts'
import { TlsCompiler } from './compile-tls.ts'
import { compileUpstreams, defaultBalancer } from './compile-upstreams.ts'
import { Problems } from './config-errors.ts'
import { Values } from './inherit.ts'
import { fullTypes } from './mime.ts'
import { outline } from './outline.ts'
import { OrderFault } from './plugin-order.ts'
import { Reading } from './reading.ts'
import { type Syntax, syntaxOf } from './syntax.ts'
import { Table, WordTaken } from './table.ts'
import { TempFolders } from './temp-folders.ts'
import type { ConfigTree } from './tree.ts'

/** A configuration in force, and what there is to say about it. */
export interface Compiled {
  readonly plan: Plan
  readonly warnings: readonly ConfigError[]
  /** Where the plans come from, for those who print them. */
  readonly main: Block
  readonly origins: Origins
  /** Upstreams by the place of the directive that names them. */
  readonly named: ReadonlyMap<Mark, Upstream>
  readonly variables: Variables
}

/**
 * Gives every word of a tree its meaning and settles what each location does. Throws
 * `ConfigErrors`, with everything that is wrong, when anything is. Workers come straight here:
 * reading files, and the libraries for it, are the master's business.
 */
export function compile(tree: ConfigTree, plugins: readonly AnyPlugin[]): Compiled {
  const problems = new Problems()
  const table = makeTable(tree, plugins, problems)
  const values = new Values()
  const main = outline(tree, table, problems)
  const variables = new Variables(plugins)
  const reading = new Reading(tree, variables, problems, defaultBalancer(table, values))
  const [http] = main.childrenIn('http')
  const patterns = readAll(main, http, reading, () =>
    compileUpstreams(http?.childrenIn('upstream') ?? [], table, values, reading),
  )
  const folders = new TempFolders(tree.prefix)
  const compiler = new ServerCompiler(table, values, patterns, folders, problems)
  const servers = (http?.childrenIn('server') ?? []).map((block) => {
    return { block, plan: compiler.server(block), names: compiler.names(block) }
  })
  const tls = new TlsCompiler(table, values, problems)
  const plan: Plan = {
    main: values.of(table.kernel.main, main) as MainSettings,
    events: values.of(table.kernel.events, main.childrenIn('events')[0] ?? main) as EventsSettings,
    listens: Object.freeze(compileListens(servers, table, values, problems, tls)),
    upstreams: Object.freeze([...reading.upstreams.values()]),
    zones: Object.freeze(reading.zones.all),
    readying: Object.freeze(compiler.readying),
    beginnings: Object.freeze([...compiler.beginnings, ...tls.beginnings]),
    handed: [],
    tempFolders: Object.freeze(folders.all),
  }
  problems.throwIfAny(tree.sources)
  const { origins } = compiler
  const { named } = reading
  const { warnings } = problems
  return { plan: Object.freeze(plan), warnings, main, origins, named, variables }
}

function makeTable(tree: ConfigTree, plugins: readonly AnyPlugin[], problems: Problems): Table {
  try {
    return new Table(plugins, {
      root: defaultRoot(tree.prefix),
      ...defaultsOf(syntaxOf(tree.path)),
    })
  } catch (error) {
    if (!(error instanceof WordTaken || error instanceof OrderFault)) throw error
    problems.error({ file: tree.path, line: 1, column: 1 }, error.message)
    problems.throwIfAny(tree.sources)
    throw error
  }
}

/** An nginx.conf begins as nginx does, where that is no matter of where things are installed. */
function defaultsOf(syntax: Syntax): Directives {
  if (syntax === 'yaml') return { types: fullTypes }
  return { daemon: { ...mainDirectives.daemon, initial: true } }
}

/** `root` where it is not written: relative to the prefix, as if it were. */
function defaultRoot(prefix: string): typeof locationDirectives.root {
  const { root } = locationDirectives
  return { ...root, initial: constant(byteString(resolve(prefix, root.initial.source))) }
}

/**
 * Gives every directive its value. Upstreams come first, since anyone may name them; what
 * locations match is read along with the rest, since its groups are variables.
 */
function readAll(
  main: Block,
  http: Block | undefined,
  reading: Reading,
  makeUpstreams: () => void,
): ReadonlyMap<Block, LocationPattern> {
  const patterns = new Map<Block, LocationPattern>()
  const readTree = (block: Block): void => {
    reading.read(block)
    for (const child of block.children) {
      if (child.scope !== 'upstream') readTree(child)
    }
    if (block.scope !== 'location') return
    const node = { name: 'location', args: block.args, mark: block.mark }
    const entry = new BoundEntry(node, block.scope, reading)
    const pattern = reading.problems.attempt(() => readLocationPattern(block.args, entry))
    if (pattern) patterns.set(block, pattern)
  }
  for (const block of http?.childrenIn('upstream') ?? []) reading.read(block)
  makeUpstreams()
  readTree(main)
  reading.settle()
  return patterns
}

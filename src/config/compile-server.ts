import type { Stand } from '../kernel/exchange/own-exchange.ts'
import type { Beginning, LocationPlan, Readying, ServerPlan } from '../kernel/phase/plan.ts'
import type { AnyPlugin } from '../kernel/plugin-record.ts'
import { type LocationPattern, nestingFault } from '../kernel/route/location-pattern.ts'
import { type LocationItem, Locations } from '../kernel/route/locations.ts'
import type { ServerName } from '../kernel/route/server-name.ts'
import type { LocationSettings } from '../kernel/settings/location.ts'
import type { ServerSettings } from '../kernel/settings/server.ts'
import { type Block, isBranch } from './block.ts'
import { certificateChooser } from './certificate-chooser.ts'
import type { Problems } from './config-errors.ts'
import type { Values } from './inherit.ts'
import { type Member, Members } from './members.ts'
import { areTransient, PartsMaker, stepsIn } from './parts.ts'
import type { Table } from './table.ts'
import type { TempFolders } from './temp-folders.ts'

/** A plan and the block it was made from: what explains it. */
export type Origins = Map<LocationPlan | ServerPlan, Block>

/** Compiles server and location blocks whose directives are read. */
export class ServerCompiler {
  readonly origins: Origins = new Map()
  readonly #table: Table
  readonly #values: Values
  readonly #patterns: ReadonlyMap<Block, LocationPattern>
  readonly #problems: Problems
  readonly #members: Members
  readonly #parts: PartsMaker
  readonly #servers = new Map<Block, ServerPlan>()
  readonly #locationPlans = new Map<Block, LocationPlan>()

  constructor(
    table: Table,
    values: Values,
    patterns: ReadonlyMap<Block, LocationPattern>,
    folders: TempFolders,
    problems: Problems,
  ) {
    this.#table = table
    this.#values = values
    this.#patterns = patterns
    this.#problems = problems
    this.#parts = new PartsMaker(table.order)
    this.#members = new Members(table, values, folders, problems, (block) => this.#standIn(block))
  }

  /** What plugins have to make ready for all places compiled so far. */
  get readying(): readonly Readying[] {
    return this.#members.readying
  }

  /** What they begin in a worker. */
  get beginnings(): readonly Beginning[] {
    return this.#members.beginnings
  }

  server(block: Block): ServerPlan {
    const { kernel } = this.#table
    const names = this.names(block)
    const [first] = names
    // As in nginx `.example.com` is called after the domain itself.
    const name = first?.kind === 'domain' ? first.text.slice(1) : (first?.source ?? '')
    const members = this.#members.of(block, name)
    const steps = stepsIn(['postRead', 'serverRewrite'], members, undefined, this.#table.order)
    const rewrite = steps.findIndex(({ phase }) => phase === 'serverRewrite')
    const plan: ServerPlan = Object.freeze({
      name,
      names,
      mark: block.mark,
      settings: this.#values.of(kernel.server, block) as ServerSettings,
      steps,
      transient: areTransient(members),
      serverRewrite: rewrite < 0 ? steps.length : rewrite,
      locations: this.#locations(block, undefined) ?? new Locations([]),
      chooseCertificate: certificateChooser(members),
      own: this.#plan(block, '', members),
    })
    this.origins.set(plan, block)
    this.#servers.set(block, plan)
    for (const inner of block.childrenIn('server-if')) {
      settleBranch(inner, this.#members.of(inner, name), undefined)
    }
    return plan
  }

  names(block: Block): readonly ServerName[] {
    const { server_name } = this.#values.of(this.#table.kernel.names, block)
    return server_name as readonly ServerName[]
  }

  #locations(block: Block, outer: LocationPattern | undefined): Locations | undefined {
    const blocks = block.childrenIn('location')
    if (blocks.length === 0) return undefined
    const seen = new Map<string, Block>()
    const items: LocationItem[] = []
    for (const inner of blocks) {
      const pattern = this.#patterns.get(inner)
      if (!pattern) continue
      const fault = outer && nestingFault(pattern, outer)
      if (fault !== undefined) this.#problems.error(inner.mark, fault)
      this.#refuseTwin(inner, pattern, seen)
      const nested = this.#locations(inner, pattern)
      const name = inner.args.join(' ')
      const plan = this.#plan(inner, name, this.#members.of(inner, name))
      for (const branch of inner.children.filter(isBranch)) this.#branch(branch, name, plan)
      items.push({ pattern, plan, nested, redirects: this.#claim(inner) !== undefined })
    }
    return new Locations(items)
  }

  /** An exact and a prefix location may share a text, nothing else; regexes come in order. */
  #refuseTwin(block: Block, pattern: LocationPattern, seen: Map<string, Block>): void {
    if (pattern.kind === 'regex') return
    const key = `${pattern.kind} ${pattern.text}`
    const twin = seen.get(key)
    if (twin) {
      const { file, line, column } = twin.mark
      const hint = `the first one is at ${file}:${line}:${column}`
      this.#problems.error(block.mark, `duplicate location "${pattern.text}"`, hint)
    }
    seen.set(key, block)
  }

  /**
   * What a location does where a branch in it was taken. It begins with the rewrite steps of the
   * location, so that the walk goes on in it where it stands.
   */
  #branch(block: Block, name: string, around: LocationPlan): void {
    const members = this.#members.of(block, name)
    const claimant = this.#claim(block) ?? (block.parent && this.#claim(block.parent))
    const parts = this.#parts.make(members, claimant, 'server')
    const before = around.steps.filter(({ phase }) => phase === 'rewrite')
    const later = parts.steps.map((step) =>
      Object.freeze({ ...step, after: step.after + before.length }),
    )
    const settings = this.#values.of(this.#table.kernel.location, block) as LocationSettings
    const plan: LocationPlan = Object.freeze({
      ...parts,
      name,
      mark: block.mark,
      settings,
      debug: settings.error_log.enabled('debug'),
      steps: Object.freeze([...before, ...later]),
      postAccess: parts.postAccess + before.length,
      transient: parts.transient && around.transient,
    })
    this.origins.set(plan, block)
    settleBranch(block, members, plan)
  }

  #plan(block: Block, name: string, members: readonly Member[]): LocationPlan {
    const scope = block.scope === 'server' ? 'server' : 'location'
    const settings = this.#values.of(this.#table.kernel.location, block) as LocationSettings
    const plan: LocationPlan = Object.freeze({
      name,
      mark: block.mark,
      settings,
      debug: settings.error_log.enabled('debug'),
      ...this.#parts.make(members, this.#claim(block), scope),
    })
    this.origins.set(plan, block)
    this.#locationPlans.set(block, plan)
    return plan
  }

  /** In the location or the server that a block is or stands in. */
  #standIn(block: Block): Stand {
    let at = block
    while (!this.#locationPlans.has(at) && at.parent) at = at.parent
    const location = this.#locationPlans.get(at) as LocationPlan
    while (!this.#servers.has(at) && at.parent) at = at.parent
    return { location, server: this.#servers.get(at) as ServerPlan }
  }

  /** The plugin one of whose directives claims the content here. */
  #claim(block: Block): AnyPlugin | undefined {
    const claims = [...block.written.values()].filter(
      ({ definition: { directive }, value, failed }) =>
        directive.claims === 'content' && (failed || value !== directive.initial),
    )
    const [first, second] = claims
    if (first && second) {
      const { file, line, column } = first.nodes[0]?.mark ?? block.mark
      this.#problems.error(
        second.nodes[0]?.mark ?? block.mark,
        `"${second.definition.name}" and "${first.definition.name}" both make the content of this ${block.scope}`,
        `"${first.definition.name}" is at ${file}:${line}:${column}; one of them can stay`,
      )
    }
    return first?.definition.groups[0]?.plugin
  }
}

/** Tells a branch what it comes to. */
function settleBranch(
  { branch, parent }: Block,
  members: readonly Member[],
  plan: LocationPlan | undefined,
): void {
  if (!branch) return
  const owner = [...(parent?.written.values() ?? [])].find(({ nodes }) => {
    return nodes.some((node) => node.branch === branch)
  })
  const plugin = owner?.definition.groups[0]?.plugin
  branch.config = members.find((member) => member.plugin === plugin)?.config
  branch.plan = plan
}

import type { Mark } from '../kernel/directive/mark.ts'
import { PEER_DEFAULTS, type UpstreamSettings } from '../kernel/settings/upstream.ts'
import { parsePeerTarget } from '../kernel/upstream/peer-target.ts'
import { type BalancerFactory, createUpstream, type Upstream } from '../kernel/upstream/upstream.ts'
import type { Variables } from '../kernel/variable/registry.ts'
import type { Getter } from '../kernel/variable/variable.ts'
import type { Block } from './block.ts'
import { BoundEntry } from './bound-entry.ts'
import type { Problems } from './config-errors.ts'
import { didYouMean } from './nearest.ts'

/** How upstreams without a block of their own are made. */
export interface ImplicitUpstream {
  readonly settings: UpstreamSettings
  readonly factory: BalancerFactory | undefined
}

/** What readers of directives share while one configuration is read. */
export class Reading {
  readonly prefix: string
  readonly variables: Variables
  readonly problems: Problems
  /** By name; implicit ones join as they are used. */
  readonly upstreams = new Map<string, Upstream>()
  /** Variables used before they were defined: `map` may stand below what uses it. */
  readonly #late = new Map<string, { getter: Getter | undefined; readonly marks: Mark[] }>()
  readonly #implicit: ImplicitUpstream

  constructor(
    prefix: string,
    variables: Variables,
    problems: Problems,
    implicit: ImplicitUpstream,
  ) {
    this.prefix = prefix
    this.variables = variables
    this.problems = problems
    this.#implicit = implicit
  }

  /** Gives every directive of a block, not of those inside it, its final value. */
  read(block: Block): void {
    for (const written of block.written.values()) {
      const { directive } = written.definition
      for (const node of written.nodes) {
        const read = this.problems.attempt(() => {
          written.value = directive.read(new BoundEntry(node, block.scope, this), written.value)
          return true
        })
        if (!read) written.failed = true
      }
    }
  }

  variable(name: string, mark: Mark): Getter {
    const known = this.variables.getter(name)
    if (known) return known
    const late = this.#late.get(name) ?? { getter: undefined, marks: [] }
    this.#late.set(name, late)
    late.marks.push(mark)
    return (x) => late.getter?.(x)
  }

  /** The upstream of a name or address; a text is what is wrong with it. */
  upstream(name: string, mark: Mark): Upstream | string {
    const known = this.upstreams.get(name)
    if (known) return known
    const target = parsePeerTarget(name, 80)
    if (typeof target === 'string') return target
    const { settings, factory } = this.#implicit
    const server = [{ ...PEER_DEFAULTS, name, target }]
    const upstream = createUpstream(name, Object.freeze({ ...settings, server }), factory, mark)
    this.upstreams.set(name, upstream)
    return upstream
  }

  /** To be called once everything is read: variables that were never defined are errors. */
  settle(): void {
    for (const [name, late] of this.#late) {
      late.getter = this.variables.getter(name)
      if (late.getter) continue
      const hint = didYouMean(
        `$${name}`,
        this.variables.names().map((each) => `$${each}`),
      )
      for (const mark of late.marks) this.problems.error(mark, `unknown variable "$${name}"`, hint)
    }
  }
}

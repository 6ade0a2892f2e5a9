import { DeclaredZones } from '../kernel/directive/declared-zones.ts'
import type { Directive } from '../kernel/directive/directive.ts'
import { ConfigError, type Mark } from '../kernel/directive/mark.ts'
import { withPort } from '../kernel/upstream/peer-target.ts'
import {
  type BalancerFactory,
  implicitUpstream,
  type Upstream,
  upstreamOf,
} from '../kernel/upstream/upstream.ts'
import type { Variables } from '../kernel/variable/registry.ts'
import type { Getter } from '../kernel/variable/variable.ts'
import type { Block, Written } from './block.ts'
import { BoundEntry } from './bound-entry.ts'
import type { Problems } from './config-errors.ts'
import { didYouMean } from './nearest.ts'
import type { ConfigTree } from './tree.ts'
import { whyNoVariable } from './words/foreign-variables.ts'

/** What readers of directives share while one configuration is read. */
export class Reading {
  readonly prefix: string
  /** The path of the main file. */
  readonly main: string
  readonly variables: Variables
  readonly problems: Problems
  /** By name; implicit ones join as they are used. */
  readonly upstreams = new Map<string, Upstream>()
  readonly zones = new DeclaredZones()
  /** Which one a directive at a mark names (for explain). */
  readonly named = new Map<Mark, Upstream>()
  /** Variables used before they were defined: `map` may stand below what uses it. */
  readonly #late = new Map<string, { getter: Getter | undefined; readonly marks: Mark[] }>()
  /** Whether all is defined: what is still to be read comes with what plugins make ready. */
  #isSettled = false
  /** Of upstreams without a block of their own. */
  readonly #balancer: BalancerFactory | undefined

  constructor(
    { prefix, path }: Pick<ConfigTree, 'prefix' | 'path'>,
    variables: Variables,
    problems: Problems,
    balancer: BalancerFactory | undefined,
  ) {
    this.prefix = prefix
    this.main = path
    this.variables = variables
    this.problems = problems
    this.#balancer = balancer
  }

  /** Gives every directive of a block, not of those inside it, its final value. */
  read(block: Block): void {
    for (const written of block.written.values()) {
      const owner = written.definition.groups[0]?.name ?? ''
      for (const node of written.nodes) {
        const directive = directiveOf(written, node.name)
        const read = this.problems.attemptPlugin(node.mark, owner, () => {
          const entry = new BoundEntry(node, block.scope, this, block.args)
          written.value = directive.read(entry, written.value)
          return true
        })
        if (!read) written.failed = true
      }
      freezeValue(written.value)
    }
  }

  variable(name: string, mark: Mark): Getter {
    const known = this.variables.getter(name)
    if (known) return known
    if (this.#isSettled) {
      throw new ConfigError(mark, ...this.#fault(name))
    }
    const late = this.#late.get(name) ?? { getter: undefined, marks: [] }
    this.#late.set(name, late)
    late.marks.push(mark)
    return (x) => late.getter?.(x)
  }

  /** The upstream of a name or address, at `port` if it names none; a text is what is wrong with it. */
  upstream(name: string, mark: Mark, port: number): Upstream | string {
    const upstream =
      upstreamOf(this.upstreams, name, port) ??
      implicitUpstream(withPort(name, port), this.#balancer, mark)
    if (typeof upstream === 'string') return upstream
    this.upstreams.set(upstream.name, upstream)
    this.named.set(mark, upstream)
    return upstream
  }

  /** To be called once everything is read: what was spoken of and never defined is an error. */
  settle(): void {
    this.#isSettled = true
    this.zones.settle((mark, text) => this.problems.error(mark, text))
    for (const [name, late] of this.#late) {
      late.getter = this.variables.getter(name)
      if (late.getter) continue
      const fault = this.#fault(name)
      for (const mark of late.marks) this.problems.error(mark, ...fault)
    }
  }

  /** What is wrong with a variable that is not there, and what may help. */
  #fault(name: string): readonly [text: string, hint?: string | undefined] {
    const why = whyNoVariable(name)
    if (why !== undefined) return [`"$${name}" is refused: ${why}`]
    const names = this.variables.names().map((each) => `$${each}`)
    return [`unknown variable "$${name}"`, didYouMean(`$${name}`, names)]
  }
}

/** Of a sequence, the directive of a word in it. */
function directiveOf({ definition }: Written, name: string): Directive<unknown> {
  const { directive, groups } = definition
  return directive.sequence ? (groups[0]?.directives[name] ?? directive) : directive
}

/** Lists and records are frozen; what has a class of its own is its owner's business. */
function freezeValue(value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  const plain = Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype
  if (plain) Object.freeze(value)
}

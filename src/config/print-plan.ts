import { dirname, relative } from 'node:path'
import type { Node } from '../kernel/directive/directive.ts'
import type { Mark } from '../kernel/directive/mark.ts'
import type { LocationPlan, ServerPlan, Step } from '../kernel/phase/plan.ts'
import { type Block, inheritsInto, keyOf, type Written } from './block.ts'
import type { Compiled } from './compile.ts'

/**
 * A compiled configuration as text: addresses and their servers, upstreams, and for every server
 * and location the handlers by phase, the filters by stage and each directive that counts there
 * with its place. Paths are relative to the folder of the main file.
 */
export function printPlan(compiled: Compiled, mainFile: string): string {
  return new Printer(compiled, dirname(mainFile)).print()
}

/** One place of a plan, without the places inside it. */
function printPlace(block: Block, plan: LocationPlan, folder: string): string[] {
  return [...handlers(plan), ...filters(plan), ...directives(block, folder)]
}

class Printer {
  readonly #compiled: Compiled
  readonly #folder: string
  readonly #plans = new Map<Block, { server?: ServerPlan; location?: LocationPlan }>()

  constructor(compiled: Compiled, folder: string) {
    this.#compiled = compiled
    this.#folder = folder
    for (const [plan, block] of compiled.origins) {
      const plans = this.#plans.get(block) ?? {}
      this.#plans.set(block, plans)
      if ('own' in plan) plans.server = plan
      else plans.location = plan
    }
  }

  print(): string {
    const { main } = this.#compiled
    const [events, http] = [main.childrenIn('events')[0], main.childrenIn('http')[0]]
    const lines = [
      ...this.#section('main', main),
      ...(events ? this.#section('events', events) : []),
    ]
    if (http) lines.push(...this.#http(http))
    for (const block of http?.childrenIn('upstream') ?? []) {
      lines.push(...this.#section(`upstream ${block.args[0]}`, block))
    }
    lines.push(...this.#listens())
    for (const block of http?.childrenIn('server') ?? []) lines.push(...this.#server(block))
    return `${lines.join('\n')}\n`
  }

  #section(title: string, block: Block): string[] {
    const lines = directives(block, this.#folder)
    return lines.length === 0 && title === 'main' ? [] : [title, ...indented(lines)]
  }

  /** What stands in `http` and goes no further down; the rest is shown where it counts. */
  #http(block: Block): string[] {
    const own = [...block.written.values()].filter(({ definition: { directive } }) => {
      return !directive.scopes.includes('server') && !directive.scopes.includes('location')
    })
    const lines = printWritten(own, this.#folder)
    return lines.length === 0 ? [] : ['http', ...indented(lines)]
  }

  #listens(): string[] {
    return this.#compiled.plan.listens.flatMap(({ listen, servers }) => {
      const { name, mark } = servers.default
      const fallback = `default server ${name === '' ? '(nameless)' : name}`
      return [`listen ${listen.key}`, `  ${fallback}  ${short(mark, this.#folder)}`]
    })
  }

  #server(block: Block): string[] {
    const { server, location } = this.#plans.get(block) ?? {}
    if (!server || !location) return []
    const title = `server ${server.name}`.trimEnd()
    const own = [...phases(server.steps), ...printPlace(block, location, this.#folder)]
    return [
      `${title}  ${short(block.mark, this.#folder)}`,
      ...indented([...own, ...this.#locations(block)]),
    ]
  }

  #locations(block: Block): string[] {
    return block.children.flatMap((inner) => {
      const plan = this.#plans.get(inner)?.location
      if (!plan) return []
      const what = inner.scope === 'if' ? `if ${inner.args.join(' ')}` : `location ${plan.name}`
      const title = `${what}  ${short(inner.mark, this.#folder)}`
      return [
        title,
        ...indented([...printPlace(inner, plan, this.#folder), ...this.#locations(inner)]),
      ]
    })
  }
}

function handlers(plan: LocationPlan): string[] {
  return [...phases(plan.steps), ...phases(plan.log)]
}

/** `access: access, limit-req` for each phase in which somebody acts. */
function phases(steps: readonly Step[]): string[] {
  return grouped(steps.map(({ phase, plugin }) => [phase, plugin]))
}

function filters(plan: LocationPlan): string[] {
  return grouped(plan.filters.map(({ stage, plugin }) => [`filter ${stage}`, plugin]))
}

function grouped(pairs: readonly (readonly [key: string, plugin: string])[]): string[] {
  const groups = new Map<string, string[]>()
  for (const [key, plugin] of pairs) groups.set(key, [...(groups.get(key) ?? []), plugin])
  return [...groups].map(([key, plugins]) => `${key}: ${plugins.join(', ')}`)
}

/** Every directive that counts in a block, as written, with its place. */
function directives(block: Block, folder: string): string[] {
  return printWritten(effective(block), folder)
}

function printWritten(written: readonly Written[], folder: string): string[] {
  return written.flatMap(({ nodes }) =>
    nodes.map((node) => `${printNode(node)}  ${short(node.mark, folder)}`),
  )
}

function effective(block: Block): Written[] {
  const found = new Map(
    (block.parent ? effective(block.parent) : []).map((each) => [
      keyOf(each.definition.directive),
      each,
    ]),
  )
  for (const [key, written] of block.written) found.set(key, written)
  return [...found.values()].filter(
    ({ definition: { directive } }) =>
      block.written.has(keyOf(directive)) ||
      (inheritsInto(directive, block) && mayStandIn(directive.scopes, block.scope)),
  )
}

/** A directive of an outer scope counts here if it could have been written here. */
function mayStandIn(scopes: readonly string[], scope: string): boolean {
  const within = scope === 'if' ? 'location' : scope
  return scopes.includes(within) || (scope === 'http' && scopes.includes('server'))
}

function printNode({ name, args, block }: Node): string {
  const words = [name, ...args].map(quoted).join(' ')
  return block ? `${words} { ${block.map(printNode).join('; ')} }` : words
}

/** As nginx would need it written. */
function quoted(word: string): string {
  if (word !== '' && !/[\s;"'\\{}]/.test(word)) return word
  const escaped = word
    .replace(/["\\]/g, '\\$&')
    .replace(/\t/g, '\\t')
    .replace(/\n/g, '\\n')
    .replace(/\r/g, '\\r')
  return `"${escaped}"`
}

function short({ file, line }: Mark, folder: string): string {
  return `${file.startsWith('/') ? relative(folder, file) : file}:${line}`
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`)
}

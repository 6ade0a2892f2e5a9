import { dirname } from 'node:path'
import type { Node } from '../kernel/directive/directive.ts'
import type { LocationPlan, ServerPlan } from '../kernel/phase/plan.ts'
import { type Block, isBranch } from './block.ts'
import type { Compiled } from './compile.ts'
import { directivesIn, filterLines, handlerLines, nodesOf, printNode, shortMark } from './place.ts'

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
  const handlers = handlerLines([...plan.steps, ...plan.log])
  const filters = filterLines(plan.filters).map((line) => `filter ${line}`)
  return [...handlers, ...filters, ...printNodes(directivesIn(block), folder)]
}

function printNodes(nodes: readonly Node[], folder: string): string[] {
  return nodes.map((node) => `${printNode(node)}  ${shortMark(node.mark, folder)}`)
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
    const lines = printNodes(directivesIn(block), this.#folder)
    return lines.length === 0 && title === 'main' ? [] : [title, ...indented(lines)]
  }

  /** What stands in `http` and goes no further down; the rest is shown where it counts. */
  #http(block: Block): string[] {
    const own = [...block.written.values()].filter(({ definition: { directive } }) => {
      return !directive.scopes.includes('server') && !directive.scopes.includes('location')
    })
    const lines = printNodes(own.flatMap(nodesOf), this.#folder)
    return lines.length === 0 ? [] : ['http', ...indented(lines)]
  }

  #listens(): string[] {
    return this.#compiled.plan.listens.flatMap(({ listen, servers }) => {
      const { name, mark } = servers.default
      const fallback = `default server ${name === '' ? '(nameless)' : name}`
      return [`listen ${listen.key}`, `  ${fallback}  ${shortMark(mark, this.#folder)}`]
    })
  }

  #server(block: Block): string[] {
    const { server, location } = this.#plans.get(block) ?? {}
    if (!server || !location) return []
    const title = `server ${server.name}`.trimEnd()
    const own = [...handlerLines(server.steps), ...printPlace(block, location, this.#folder)]
    return [
      `${title}  ${shortMark(block.mark, this.#folder)}`,
      ...indented([...own, ...this.#locations(block)]),
    ]
  }

  #locations(block: Block): string[] {
    return block.children.flatMap((inner) => {
      const plan = this.#plans.get(inner)?.location
      if (!plan) return []
      const what = isBranch(inner)
        ? `${inner.scope} ${inner.args.join(' ')}`
        : `location ${plan.name}`
      const title = `${what}  ${shortMark(inner.mark, this.#folder)}`
      return [
        title,
        ...indented([...printPlace(inner, plan, this.#folder), ...this.#locations(inner)]),
      ]
    })
  }
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`)
}

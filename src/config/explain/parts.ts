import type { LocationPlan, ServerPlan, Step } from '../../kernel/phase/plan.ts'
import type { Block, Occurring } from '../block.ts'
import type { Compiled } from '../compile.ts'
import { directivesIn, effectiveIn, nodesOf } from '../place.ts'
import { explainDirective } from './directives.ts'
import type { Explanation, NotRun } from './explanation.ts'

/** Who acts, and by which words. Without a plan: where a server answers and nothing is walked. */
export function partsOf(
  { origins }: Compiled,
  server: ServerPlan,
  plan: LocationPlan | undefined,
  walked: readonly Step[],
): Pick<Explanation, 'handlers' | 'filters' | 'directives'> {
  const { filters, log } = plan ?? server.own
  const outer = origins.get(server)
  const inner = plan && origins.get(plan)
  const nodes = [
    ...(outer ? serverNodes(outer, server, inner) : []),
    ...(inner ? directivesIn(inner) : []),
  ]
  return {
    handlers: [...walked, ...log].map(({ phase, plugin }) => ({ phase, plugin })),
    filters: filters.map(({ stage, plugin }) => ({ stage, plugin })),
    directives: nodes.map(explainDirective),
  }
}

/** What counts before there is a location; all that counts in a server where there is none. */
function serverNodes(outer: Block, server: ServerPlan, inner: Block | undefined): Occurring[] {
  if (inner === outer) return []
  const acting = new Set(server.steps.map(({ plugin }) => plugin))
  const counts = effectiveIn(outer).filter(({ definition: { directive, groups } }) => {
    if (!inner || !directive.scopes.includes('location')) return true
    return directive.inherits !== 'replace' && groups.some(({ name }) => acting.has(name))
  })
  return counts.flatMap(nodesOf)
}

/** Words that may change the URI or answer, of those who act where that is done. */
export function notRunIn(
  { origins }: Compiled,
  server: ServerPlan,
  plan: LocationPlan | undefined,
): NotRun[] {
  const early = server.steps.filter(({ phase }) => phase === 'serverRewrite')
  const late = plan?.steps.filter(({ phase }) => phase === 'rewrite' || phase === 'precontent')
  const there = plan && origins.get(plan)
  return [...wordsOf(early, origins.get(server)), ...wordsOf(late ?? [], there)]
}

function wordsOf(steps: readonly Step[], block: Block | undefined): NotRun[] {
  const written = block ? [...block.written.values()] : []
  return steps.flatMap(({ phase, plugin }) => {
    return written
      .filter(({ definition: { directive, groups } }) => {
        return directive.inherits !== 'replace' && groups.some(({ name }) => name === plugin)
      })
      .flatMap(nodesOf)
      .map((node) => ({ phase, ...explainDirective(node) }))
  })
}

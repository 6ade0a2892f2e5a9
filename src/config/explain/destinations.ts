import { byteString } from '../../base/byte-string.ts'
import type { Exchange } from '../../kernel/exchange/exchange.ts'
import type { LocationPlan } from '../../kernel/phase/plan.ts'
import { USUAL_PORT, withPort } from '../../kernel/upstream/peer-target.ts'
import { implicitUpstream, type Upstream, upstreamOf } from '../../kernel/upstream/upstream.ts'
import { parseTemplate } from '../../kernel/variable/template.ts'
import type { Occurring } from '../block.ts'
import type { Compiled } from '../compile.ts'
import { effectiveIn } from '../place.ts'
import { explainDirective } from './directives.ts'
import type { ExplainedUpstream } from './explanation.ts'
import { explainUpstream, unknownUpstream } from './upstreams.ts'

const TLS_PORT = 443

/**
 * The upstreams that the directives of a place name, or lead this request to. What variables come
 * to is told only where nothing that was not run may change them.
 */
export function destinationsIn(
  compiled: Compiled,
  plan: LocationPlan,
  x: Exchange,
  mayChange: boolean,
): ExplainedUpstream[] {
  const block = compiled.origins.get(plan)
  const [http] = compiled.main.childrenIn('http')
  const blocks = http?.childrenIn('upstream') ?? []
  const explained = (node: Occurring, claims: boolean): ExplainedUpstream[] => {
    const by = explainDirective(node)
    const isMade = claims && /^\w+:\/\/.*\$/.test(node.args[0] ?? '')
    const made = isMade && !mayChange ? madeFor(x, node, compiled) : undefined
    const upstream = compiled.named.get(node.mark) ?? made
    if (!upstream) return isMade ? [unknownUpstream(by)] : []
    const own = blocks.find(({ args }) => args[0] === upstream.name)
    const mayChoose = mayChange || plan.choosePeer !== undefined
    return [explainUpstream(upstream, own, by, x, mayChoose)]
  }
  return (block ? effectiveIn(block) : []).flatMap(({ definition: { directive }, nodes }) => {
    return nodes.flatMap((node) => explained(node, directive.claims === 'content'))
  })
}

/** Where an URL with variables leads one request. */
function madeFor(
  x: Exchange,
  { args: [text = ''] }: Occurring,
  { plan, variables }: Compiled,
): Upstream | undefined {
  try {
    const template = parseTemplate(byteString(text), (name) => {
      return variables.getter(name) ?? (() => undefined)
    })
    const [, scheme = '', address = ''] =
      /^([a-z]+):\/\/(unix:[^:]+|[^/?]+)/i.exec(template.render(x)) ?? []
    const port = scheme.toLowerCase() === 'https' ? TLS_PORT : USUAL_PORT
    const named = new Map(plan.upstreams.map((each) => [each.name, each]))
    const upstream =
      upstreamOf(named, address, port) ?? implicitUpstream(withPort(address, port), undefined)
    return typeof upstream === 'string' ? undefined : upstream
  } catch {
    // A variable that only a real connection has.
    return undefined
  }
}

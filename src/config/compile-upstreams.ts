import type { Mark } from '../kernel/directive/mark.ts'
import type { AnyPlugin } from '../kernel/plugin-record.ts'
import { type UpstreamSettings, upstreamDirectives } from '../kernel/settings/upstream.ts'
import { type BalancerFactory, createUpstream } from '../kernel/upstream/upstream.ts'
import type { Block } from './block.ts'
import type { Problems } from './config-errors.ts'
import type { GroupValues, Values } from './inherit.ts'
import type { Reading } from './reading.ts'
import type { Group, Table } from './table.ts'

/** The plugin that balances where no other one is asked to. */
export const DEFAULT_BALANCER = 'round-robin'

/** Balances upstreams that are not written as a block. */
export function defaultBalancer(table: Table, values: Values): BalancerFactory | undefined {
  const group = table.plugins.find(({ name }) => name === DEFAULT_BALANCER)
  return group && factoryOf(group, values.initial(group))
}

/** Makes the upstreams of the blocks, whose directives are read. */
export function compileUpstreams(
  blocks: readonly Block[],
  table: Table,
  values: Values,
  reading: Reading,
): void {
  const { problems, upstreams } = reading
  for (const block of blocks) {
    const [name = ''] = block.args
    const settings = values.of(table.kernel.upstream, block) as UpstreamSettings
    const known = upstreams.get(name)
    if (known) problems.error(block.mark, `duplicate upstream "${name}"`)
    else {
      const failed = block.effective(upstreamDirectives.server)?.failed
      if (settings.server.length === 0 && !failed) {
        problems.error(block.mark, `no servers are inside upstream "${name}"`)
      }
      const factory = chooseBalancer(block, table, values, problems)
      // A balancer may refuse the peers; whoever names the upstream is not told of that again.
      const upstream = problems.attempt(() => createUpstream(name, settings, factory, block.mark))
      upstreams.set(name, upstream ?? createUpstream(name, settings, undefined, block.mark))
    }
  }
}

/** The plugin that a directive of the block asks for; the last one, as in nginx. */
function chooseBalancer(
  block: Block,
  table: Table,
  values: Values,
  problems: Problems,
): BalancerFactory | undefined {
  let chosen: Group | undefined
  for (const { group, mark } of balancersIn(block)) {
    if (chosen && chosen !== group) problems.warn(mark, 'load balancing method redefined')
    chosen = group
  }
  const group = chosen ?? table.plugins.find(({ name }) => name === DEFAULT_BALANCER)
  return group && factoryOf(group, values.of(group, block))
}

/** The balancers that a block asks for, in the order written, each with the place. */
function balancersIn(block: Block): { readonly group: Group; readonly mark: Mark }[] {
  return [...block.written.values()].flatMap(({ definition, value, nodes }) => {
    const group = definition.groups.find(({ plugin }) => plugin?.balancer)
    // A switch that is off asks for nothing.
    if (!group || value === definition.directive.initial) return []
    return [{ group, mark: nodes[0]?.mark ?? block.mark }]
  })
}

/** The plugin that balances a block, if the block asks for one: else it is the default one. */
export function balancerOf(block: Block): AnyPlugin | undefined {
  return balancersIn(block).at(-1)?.group.plugin
}

function factoryOf({ plugin }: Group, values: GroupValues): BalancerFactory | undefined {
  const balancer = plugin?.balancer
  return balancer && ((peers) => balancer(peers, values))
}

import { STAGES } from '../kernel/filter/stage.ts'
import type { FilterStep, LocationPlan, Step } from '../kernel/phase/plan.ts'
import type { OpenPhase } from '../kernel/phase/verdict.ts'
import type { AnyPlugin } from '../kernel/plugin-record.ts'
import type { Member } from './members.ts'
import type { PluginOrder } from './plugin-order.ts'

/** What the members of a place amount to. */
export type Parts = Pick<
  LocationPlan,
  | 'steps'
  | 'postAccess'
  | 'filters'
  | 'log'
  | 'chooseUpstream'
  | 'choosePeer'
  | 'configs'
  | 'transient'
>

const LOCATION_PHASES = ['rewrite', 'preaccess', 'access', 'precontent', 'content'] as const
// As in nginx: before a location is found, its rewrite phase is not run for the server's own plan.
const OWN_PHASES = ['preaccess', 'access', 'precontent', 'content'] as const

/** Makes the parts of plans; places with the same members share them. */
export class PartsMaker {
  readonly #made = new Map<string, Parts>()
  readonly #order: PluginOrder

  constructor(order: PluginOrder) {
    this.#order = order
  }

  /** `claimant` is the only plugin whose content handler stands in the plan, if there is one. */
  make(
    members: readonly Member[],
    claimant: AnyPlugin | undefined,
    scope: 'server' | 'location',
  ): Parts {
    const key = `${scope} ${claimant?.name ?? ''} ${members.map(({ id }) => id).join()}`
    let parts = this.#made.get(key)
    if (!parts) {
      const phases = scope === 'server' ? OWN_PHASES : LOCATION_PHASES
      parts = Object.freeze(assemble(members, claimant, phases, this.#order))
      this.#made.set(key, parts)
    }
    return parts
  }
}

function assemble(
  members: readonly Member[],
  claimant: AnyPlugin | undefined,
  phases: readonly OpenPhase[],
  order: PluginOrder,
): Parts {
  const steps = stepsIn(phases, members, claimant, order)
  const late = steps.findIndex(({ phase }) => phase === 'precontent' || phase === 'content')
  return {
    steps,
    postAccess: late < 0 ? steps.length : late,
    filters: filtersOf(members, order),
    log: stepsIn(['log'], members, undefined, order),
    chooseUpstream: upstreamChooser(members),
    choosePeer: peerChooser(members),
    transient: areTransient(members),
    configs: new Map(members.map(({ plugin, values }) => [plugin.name, values])),
  }
}

type Writable<T> = { -readonly [K in keyof T]: T[K] }

export function areTransient(members: readonly Member[]): boolean {
  return members.every(({ plugin }) => plugin.transient === true)
}

/** Steps in the order of the phases, within a phase in that of the members, unless rules differ. */
export function stepsIn(
  phases: readonly OpenPhase[],
  members: readonly Member[],
  claimant: AnyPlugin | undefined,
  order: PluginOrder,
): readonly Step[] {
  // Loops, since this runs for each of thousands of locations whenever a worker starts.
  const steps: Writable<Step>[] = []
  for (const phase of phases) {
    const first = steps.length
    for (const { plugin, config } of order.at(phase, members)) {
      const run = plugin[phase]
      const silent = phase === 'content' && claimant !== undefined && plugin !== claimant
      if (run && (!silent || plugin.wraps))
        steps.push({ phase, plugin: plugin.name, run, config, after: 0 })
    }
    for (let i = first; i < steps.length; i++) (steps[i] as Writable<Step>).after = steps.length
  }
  for (const step of steps) Object.freeze(step)
  return Object.freeze(steps)
}

/** That of the first member that has one. */
function upstreamChooser(members: readonly Member[]): Parts['chooseUpstream'] {
  const { config, plugin } = members.find(({ plugin }) => plugin.chooseUpstream) ?? {}
  const choose = plugin?.chooseUpstream
  return choose && ((x, named) => choose(x, named, config))
}

function peerChooser(members: readonly Member[]): Parts['choosePeer'] {
  const { config, plugin } = members.find(({ plugin }) => plugin.choosePeer) ?? {}
  const choose = plugin?.choosePeer
  return choose && ((x, peers, tried) => choose(x, peers, tried, config))
}

function filtersOf(members: readonly Member[], order: PluginOrder): readonly FilterStep[] {
  const filters: FilterStep[] = []
  for (const stage of STAGES) {
    for (const { plugin, config } of order.at(stage, members)) {
      const open = plugin.filters?.[stage]
      if (open) filters.push(Object.freeze({ stage, plugin: plugin.name, open, config }))
    }
  }
  return Object.freeze(filters)
}

import { STAGES } from '../kernel/filter/stage.ts'
import type { FilterStep, LocationPlan, Step } from '../kernel/phase/plan.ts'
import { type OpenPhase, PHASES } from '../kernel/phase/verdict.ts'
import type { AnyPlugin } from '../kernel/plugin-record.ts'
import type { Member } from './members.ts'

/** What the members of a place amount to. */
export type Parts = Pick<LocationPlan, 'steps' | 'postAccess' | 'filters' | 'log' | 'configs'>

const LOCATION_PHASES = ['rewrite', 'preaccess', 'access', 'precontent', 'content'] as const
// As in nginx: before a location is found, its rewrite phase is not run for the server's own plan.
const OWN_PHASES = ['preaccess', 'access', 'precontent', 'content'] as const

/** Makes the parts of plans; places with the same members share them. */
export class PartsMaker {
  readonly #made = new Map<string, Parts>()

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
      parts = Object.freeze(assemble(members, claimant, phases))
      this.#made.set(key, parts)
    }
    return parts
  }
}

function assemble(
  members: readonly Member[],
  claimant: AnyPlugin | undefined,
  phases: readonly OpenPhase[],
): Parts {
  const steps = stepsIn(phases, members, claimant)
  const late = steps.findIndex(({ phase }) => phase === 'precontent' || phase === 'content')
  return {
    steps,
    postAccess: late < 0 ? steps.length : late,
    filters: filtersOf(members),
    log: stepsIn(['log'], members, undefined),
    configs: new Map(members.map(({ plugin, values }) => [plugin.name, values])),
  }
}

/** Steps in the order of the phases, within a phase in that of the members. */
export function stepsIn(
  phases: readonly OpenPhase[],
  members: readonly Member[],
  claimant: AnyPlugin | undefined,
): readonly Step[] {
  const found = PHASES.filter((phase): phase is OpenPhase =>
    (phases as readonly string[]).includes(phase),
  ).flatMap((phase) =>
    members.flatMap(({ plugin, config }) => {
      const run = plugin[phase]
      const silent = phase === 'content' && claimant !== undefined && plugin !== claimant
      return run && !silent ? [{ phase, plugin: plugin.name, run, config }] : []
    }),
  )
  return Object.freeze(
    found.map((step, index) => {
      const next = found.findIndex((other, at) => at > index && other.phase !== step.phase)
      return Object.freeze({ ...step, after: next < 0 ? found.length : next })
    }),
  )
}

function filtersOf(members: readonly Member[]): readonly FilterStep[] {
  return Object.freeze(
    STAGES.flatMap((stage) =>
      members.flatMap(({ plugin, config }) => {
        const open = plugin.filters?.[stage]
        return open ? [Object.freeze({ stage, plugin: plugin.name, open, config })] : []
      }),
    ),
  )
}

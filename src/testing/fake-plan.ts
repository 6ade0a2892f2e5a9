import type { Directives } from '../kernel/directive/directive.ts'
import { STAGES } from '../kernel/filter/stage.ts'
import type { FilterStep, LocationPlan, ServerPlan, Step } from '../kernel/phase/plan.ts'
import { type Handler, type OpenPhase, PHASES } from '../kernel/phase/verdict.ts'
import type { Plugin } from '../kernel/plugin-record.ts'
import { Locations } from '../kernel/route/locations.ts'
import { type LocationSettings, locationDirectives } from '../kernel/settings/location.ts'
import { serverDirectives } from '../kernel/settings/server.ts'

const MARK = { file: 'test', line: 1, column: 1 }
const BEFORE_LOCATION: readonly string[] = ['postRead', 'serverRewrite']

/** A server whose only location has one plugin, or none where `config` is undefined. */
export function fakeServer<D extends Directives, P>(
  plugin: Plugin<D, P>,
  config: P | undefined,
  settings: Partial<LocationSettings>,
): ServerPlan {
  const steps = config === undefined ? [] : stepsOf(plugin, config)
  const early = steps.filter(({ phase }) => BEFORE_LOCATION.includes(phase))
  const late = steps.filter(({ phase }) => !BEFORE_LOCATION.includes(phase) && phase !== 'log')
  const postAccess = late.findIndex(({ phase }) => phase === 'precontent' || phase === 'content')
  const rewrite = early.findIndex(({ phase }) => phase === 'serverRewrite')
  const own: LocationPlan = {
    name: '',
    mark: MARK,
    settings: { ...initialOf(locationDirectives), ...settings } as LocationSettings,
    steps: linked(late),
    debug: false,
    transient: false,
    postAccess: postAccess < 0 ? late.length : postAccess,
    filters: config === undefined ? [] : filtersOf(plugin, config),
    log: linked(steps.filter(({ phase }) => phase === 'log')),
    chooseUpstream: undefined,
    choosePeer: undefined,
    configs: new Map([[plugin.name, config]]),
  }
  return {
    names: [],
    name: 'localhost',
    mark: MARK,
    settings: initialOf(serverDirectives) as ServerPlan['settings'],
    steps: linked(early),
    transient: false,
    chooseCertificate: undefined,
    serverRewrite: rewrite < 0 ? early.length : rewrite,
    locations: new Locations([]),
    own,
  }
}

function initialOf(directives: Directives): Record<string, unknown> {
  return Object.fromEntries(Object.entries(directives).map(([name, each]) => [name, each.initial]))
}

function stepsOf<D extends Directives, P>(plugin: Plugin<D, P>, config: P): Step[] {
  return (PHASES as readonly OpenPhase[]).flatMap((phase) => {
    const run = plugin[phase] as Handler<unknown> | undefined
    return run ? [{ phase, plugin: plugin.name, run, config, after: 0 }] : []
  })
}

/** With one plugin there is one step a phase, so each leads to the next. */
function linked(steps: readonly Step[]): readonly Step[] {
  return steps.map((step, index) => ({ ...step, after: index + 1 }))
}

function filtersOf<D extends Directives, P>(plugin: Plugin<D, P>, config: P): FilterStep[] {
  return STAGES.flatMap((stage) => {
    const open = plugin.filters?.[stage] as FilterStep['open'] | undefined
    return open ? [{ stage, plugin: plugin.name, open, config }] : []
  })
}

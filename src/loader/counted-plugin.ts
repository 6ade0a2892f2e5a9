import { type Filter, STAGES } from '../kernel/filter/stage.ts'
import { type Handler, type OpenPhase, PHASES } from '../kernel/phase/verdict.ts'
import type { AnyPlugin } from '../kernel/plugin-record.ts'
import { countsOf, type PluginCounts } from '../kernel/process/plugin-counts.ts'

/** Every so many calls one is timed: two looks at the clock are more than many a handler takes. */
const SAMPLED = 16

/**
 * The same plugin, with what its handlers and filters do counted. Only plugins that are not built in
 * are counted, so that nobody else pays for it; `open` tells how many handles one holds.
 */
export function countedPlugin(plugin: AnyPlugin, open: () => number): AnyPlugin {
  const counts = countsOf(plugin.name, open)
  const handlers = PHASES.flatMap((phase) => {
    const handler = plugin[phase as OpenPhase]
    return handler ? [[phase, countedHandler(handler, counts)] as const] : []
  })
  const { filters } = plugin
  const stages = STAGES.flatMap((stage) => {
    const filter = filters?.[stage]
    return filter ? [[stage, countedFilter(filter, counts)] as const] : []
  })
  return {
    ...plugin,
    ...Object.fromEntries(handlers),
    ...(filters && { filters: Object.fromEntries(stages) }),
  }
}

function countedHandler(handler: Handler<unknown>, counts: PluginCounts): Handler<unknown> {
  const failed = () => {
    counts.errors++
  }
  return (x, config) => {
    const verdict = timed(counts, () => handler(x, config))
    if (verdict instanceof Promise) verdict.catch(failed)
    return verdict
  }
}

function countedFilter(filter: Filter<unknown>, counts: PluginCounts): Filter<unknown> {
  return (x, next, config) => timed(counts, () => filter(x, next, config))
}

function timed<T>(counts: PluginCounts, work: () => T): T {
  const isSampled = counts.calls++ % SAMPLED === 0
  const from = isSampled ? performance.now() : 0
  try {
    return work()
  } catch (error) {
    counts.errors++
    throw error
  } finally {
    if (isSampled) counts.time += (performance.now() - from) * SAMPLED
  }
}

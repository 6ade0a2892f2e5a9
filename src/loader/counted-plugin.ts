import { pluginFailed } from '../base/errors.ts'
import { type Filter, STAGES } from '../kernel/filter/stage.ts'
import { type Handler, type OpenPhase, PHASES } from '../kernel/phase/verdict.ts'
import type { AnyPlugin } from '../kernel/plugin-record.ts'
import { countsOf, type PluginCounts } from '../kernel/process/plugin-counts.ts'
import type { Getter, Variable } from '../kernel/variable/variable.ts'
import { NamedSink } from './named-sink.ts'

/** Every so many calls one is timed: two looks at the clock are more than many a handler takes. */
const SAMPLED = 16

/**
 * The same plugin, with what its handlers and filters do counted, and what its variables throw. Only plugins that are not built in
 * are counted, so that nobody else pays for it; `open` tells how many handles one holds.
 */
export function countedPlugin(plugin: AnyPlugin, open: () => number): AnyPlugin {
  const counts = countsOf(plugin.name, open)
  const handlers = PHASES.flatMap((phase) => {
    const handler = plugin[phase as OpenPhase]
    return handler ? [[phase, countedHandler(handler, counts)] as const] : []
  })
  const { families, filters, variables } = plugin
  const stages = STAGES.flatMap((stage) => {
    const filter = filters?.[stage]
    return filter ? [[stage, countedFilter(filter, plugin.name, counts)] as const] : []
  })
  return {
    ...plugin,
    ...Object.fromEntries(handlers),
    ...(filters && { filters: Object.fromEntries(stages) }),
    ...(variables && { variables: mapped(variables, (each) => named(each, plugin, counts)) }),
    ...(families && {
      families: mapped(families, (family) => ({
        ...family,
        make: (name) => guarded(family.make(name), plugin, counts),
      })),
    }),
  }
}

function mapped<T>(table: Readonly<Record<string, T>>, change: (each: T) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(table).map(([name, each]) => [name, change(each)]))
}

function named(variable: Variable, plugin: AnyPlugin, counts: PluginCounts): Variable {
  return { ...variable, get: guarded(variable.get, plugin, counts) }
}

/** Who asks for a variable is not to blame for it: its own plugin is named where it throws. */
function guarded(get: Getter, { name }: AnyPlugin, counts: PluginCounts): Getter {
  return (x) => {
    try {
      return get(x)
    } catch (error) {
      counts.errors++
      throw pluginFailed(name, error)
    }
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

function countedFilter(
  filter: Filter<unknown>,
  name: string,
  counts: PluginCounts,
): Filter<unknown> {
  return (x, next, config) => {
    const sink = timed(counts, () => filter(x, next, config))
    return sink === next ? next : new NamedSink(sink, name, counts)
  }
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

/** What a plugin that is not built in has done in this process. */
export interface PluginCounts {
  /** Handlers and filters that were asked. */
  calls: number
  /** Of these, those that threw. */
  errors: number
  /** Milliseconds they took without waiting: an estimate, of every sixteenth call. */
  time: number
  /** Intervals and sockets that its code has opened and not closed. */
  open: () => number
}

const all = new Map<string, PluginCounts>()

/** Those of a plugin, by its name; `open` counts what it holds. They go on over reloads. */
export function countsOf(plugin: string, open: () => number): PluginCounts {
  const known = all.get(plugin)
  const counts = known ? Object.assign(known, { open }) : { calls: 0, errors: 0, time: 0, open }
  all.set(plugin, counts)
  return counts
}

/** Those of all such plugins, by name. */
export function pluginCounts(): ReadonlyMap<string, PluginCounts> {
  return all
}

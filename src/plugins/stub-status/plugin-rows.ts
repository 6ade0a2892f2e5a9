import { pluginCounts, type SharedZone, workerVitals } from 'gateway/plugin'

/** What a plugin has done, and holds now. */
export interface PluginRow {
  readonly name: string
  readonly calls: number
  readonly errors: number
  /** Milliseconds, an estimate. */
  readonly time: number
  /** Intervals and sockets. */
  readonly open: number
}

/** How often a worker tells the others, in milliseconds. */
const TOLD_EVERY = 500

type Told = Omit<PluginRow, 'name'>

/** Tells a zone what this worker has counted, twice a second; returns what ends that. */
export function tellZone(zone: SharedZone): () => void {
  const before = new Map<string, string>()
  const tell = () => {
    for (const { name, ...told } of ownRows()) {
      const text = JSON.stringify(told)
      if (before.get(name) === text) continue
      // What could not be written now is told the next time.
      if (zone.update(`${process.pid} ${name}`, () => text) !== 'busy') before.set(name, text)
    }
  }
  const timer = setInterval(tell, TOLD_EVERY).unref()
  return () => {
    clearInterval(timer)
    tell()
  }
}

/** The plugins that are not built in, by name: of all workers where a zone is given. */
export function pluginRows(zone: SharedZone | undefined): readonly PluginRow[] {
  const rows = new Map(ownRows().map((row) => [row.name, row]))
  const serving = new Set(workerVitals().map(({ pid }) => pid))
  for (const [key, text] of zone?.entries() ?? []) {
    const space = key.indexOf(' ')
    const pid = Number(key.slice(0, space))
    const name = key.slice(space + 1)
    if (pid === process.pid) continue
    const told = JSON.parse(text) as Told
    // What a worker held went with it; what it counted stays.
    const open = serving.has(pid) ? told.open : 0
    const row = rows.get(name) ?? { name, calls: 0, errors: 0, time: 0, open: 0 }
    rows.set(name, {
      name,
      calls: row.calls + told.calls,
      errors: row.errors + told.errors,
      time: row.time + told.time,
      open: row.open + open,
    })
  }
  return [...rows.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}

function ownRows(): PluginRow[] {
  return [...pluginCounts()].map(([name, { calls, errors, open, time }]) => {
    return { name, calls, errors, time: Math.round(time), open: open() }
  })
}

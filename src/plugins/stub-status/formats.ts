import type { Counts, SharedZone, Vitals } from 'gateway/plugin'
import type { PluginRow } from './plugin-rows.ts'

/** All that a page tells. */
export interface Status {
  readonly counts: Counts
  readonly zones: readonly SharedZone[]
  readonly workers: readonly Vitals[]
  readonly plugins: readonly PluginRow[]
}

/** A way to tell it. */
export interface Format {
  readonly type: string
  print(status: Status): string
}

export const FORMAT_NAMES = ['text', 'json', 'prometheus'] as const
export type FormatName = (typeof FORMAT_NAMES)[number]

/** The formats of `stub_status`. */
export const FORMATS: Readonly<Record<FormatName, Format>> = {
  text: { type: 'text/plain', print: textOf },
  json: { type: 'application/json', print: jsonOf },
  prometheus: { type: 'text/plain; version=0.0.4', print: metricsOf },
}

function textOf({ counts, plugins, workers, zones }: Status): string {
  const { accepted, handled, requests, active, reading, writing, waiting } = counts
  return (
    `Active connections: ${active} \n` +
    'server accepts handled requests\n' +
    ` ${accepted} ${handled} ${requests} \n` +
    `Reading: ${reading} Writing: ${writing} Waiting: ${waiting} \n` +
    // Behind nginx's lines, where its readers do not look.
    [...zones.map(zoneLine), ...workers.map(workerLine), ...plugins.map(pluginLine)].join('')
  )
}

function zoneLine(zone: SharedZone): string {
  const { bytes, records } = zone.usage
  return `Zone ${zone.name}: ${records} records, ${bytes} of ${zone.size} bytes \n`
}

function workerLine({ pid, memory, delay, gc }: Vitals): string {
  return `Worker ${pid}: ${memory} bytes, loop delay ${Math.round(delay)} ms, gc ${Math.round(gc)} ms \n`
}

function pluginLine({ calls, errors, name, open, time }: PluginRow): string {
  return `Plugin ${name}: ${calls} calls, ${time} ms, ${errors} errors, ${open} open handles \n`
}

function jsonOf({ counts, plugins, workers, zones }: Status): string {
  const sizes = zones.map(({ name, size, usage }) => ({ name, size, ...usage }))
  const shown = workers.map(({ pid, memory, delay, gc }) => ({ pid, memory, delay, gc }))
  const all = { connections: counts, zones: sizes, workers: shown, plugins }
  return `${JSON.stringify(all, undefined, 2)}\n`
}

const CONNECTIONS = ['active', 'reading', 'writing', 'waiting'] as const
const TOTALS = ['accepted', 'handled', 'requests'] as const

function metricsOf({ counts, plugins, workers }: Status): string {
  const states = CONNECTIONS.map((state) => [`state="${state}"`, counts[state]] as const)
  const each = <T>(rows: readonly T[], label: (row: T) => string, value: (row: T) => number) => {
    return rows.map((row) => [label(row), value(row)] as const)
  }
  const worker = ({ pid }: Vitals) => `pid="${pid}"`
  // Names of plugins are letters, digits and hyphens.
  const plugin = ({ name }: PluginRow) => `plugin="${name}"`
  const ofPlugins = (value: (row: PluginRow) => number) => each(plugins, plugin, value)
  return [
    metric('gateway_connections', 'gauge', 'Client connections.', states),
    ...TOTALS.map((name) =>
      metric(`gateway_${name}_total`, 'counter', `Since the start: ${name}.`, [['', counts[name]]]),
    ),
    metric(
      'gateway_worker_memory_bytes',
      'gauge',
      'Resident memory.',
      each(workers, worker, ({ memory }) => memory),
    ),
    metric(
      'gateway_plugin_calls_total',
      'counter',
      'Handlers and filters that were asked.',
      ofPlugins(({ calls }) => calls),
    ),
    metric(
      'gateway_plugin_errors_total',
      'counter',
      'Of these, those that threw.',
      ofPlugins(({ errors }) => errors),
    ),
    metric(
      'gateway_plugin_seconds_total',
      'counter',
      'Their time without waiting, estimated.',
      ofPlugins(({ time }) => time / 1000),
    ),
    metric(
      'gateway_plugin_open_handles',
      'gauge',
      'Intervals and sockets they hold.',
      ofPlugins(({ open }) => open),
    ),
  ].join('')
}

function metric(
  name: string,
  type: 'counter' | 'gauge',
  help: string,
  values: readonly (readonly [labels: string, value: number])[],
): string {
  const lines = values.map(([labels, value]) => {
    return `${name}${labels === '' ? '' : `{${labels}}`} ${value}\n`
  })
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`
}

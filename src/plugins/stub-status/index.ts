import { Buffer } from 'node:buffer'
import {
  declareZone,
  definePlugin,
  directive,
  Head,
  oneOf,
  type SharedZone,
  sharedZones,
  totalCounts,
  type Variable,
  watchGc,
  workerVitals,
} from 'gateway/plugin'
import { FORMAT_NAMES, FORMATS, type Format } from './formats.ts'
import { pluginRows, tellZone } from './plugin-rows.ts'

/** Rows of plugins, one for each worker. */
const KIND = { use: 'stub_status_zone', keeps: 'records', overhead: 512 } as const

/** What is shown in a place, and how. */
interface Page {
  readonly format: Format
  readonly zone: SharedZone | undefined
}

/** Tells how many connections and requests there are and were, in nginx's words; and of zones and workers. */
export default definePlugin({
  name: 'stub-status',
  doc: 'A page with the counts of connections and requests of all workers, what zones hold, and how the workers are.',
  transient: true,
  directives: {
    stub_status: directive({
      in: ['server', 'location'],
      default: false,
      doc: 'Answers with the counts of connections and requests, and behind them a line for each zone of limits, for each worker and for each plugin that is not built in.',
      usage: '',
      min: 0,
      max: 1,
      kind: 'flag',
      inherits: 'never',
      claims: 'content',
      read: (entry) => entry.args[0] !== 'off',
    }),
    stub_status_format: oneOf(FORMAT_NAMES, {
      in: ['http', 'server', 'location'],
      default: 'text',
      doc: 'How stub_status tells it: as nginx does, as JSON, or in the text format of Prometheus.',
    }),
    stub_status_zone: directive<SharedZone | undefined>({
      in: ['http', 'server', 'location'],
      default: undefined,
      doc: 'Where workers tell each other what plugins do, twice a second, so that stub_status has the plugins of all of them; without it, it has those of the worker that answers.',
      usage: 'zone=name:size',
      min: 1,
      max: 1,
      kind: 'params',
      words: ['zone'],
      read: (entry) => declareZone(entry, entry.args[0] ?? '', KIND),
    }),
  },
  prepare: ({ stub_status, stub_status_format, stub_status_zone: zone }): Page | undefined => {
    if (!stub_status) return undefined
    watchGc()
    return { format: FORMATS[stub_status_format], zone }
  },
  begin: ({ zone }) => (zone ? tellZone(zone) : () => {}),
  content: (x, { format, zone }) => {
    if (x.method !== 'GET' && x.method !== 'HEAD') return 405
    const head = new Head(200)
    head.type = format.type
    const text = format.print({
      counts: totalCounts(),
      zones: sharedZones(),
      workers: workerVitals(),
      plugins: pluginRows(zone),
    })
    return x.respond(head, Buffer.from(text, 'latin1'))
  },
  variables: {
    connections_active: count('active', 'Client connections now, idle ones included.'),
    connections_reading: count('reading', 'Connections whose request head is being read.'),
    connections_writing: count('writing', 'Connections whose response is being made.'),
    connections_waiting: count('waiting', 'Idle client connections.'),
  },
})

function count(which: 'active' | 'reading' | 'writing' | 'waiting', doc: string): Variable {
  return { doc, get: () => String(totalCounts()[which]) }
}

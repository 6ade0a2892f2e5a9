import { Buffer } from 'node:buffer'
import {
  definePlugin,
  directive,
  Head,
  type SharedZone,
  sharedZones,
  totalCounts,
  type Variable,
  type Vitals,
  watchGc,
  workerVitals,
} from 'gateway/plugin'

/** Tells how many connections and requests there are and were, in nginx's words; and of zones and workers. */
export default definePlugin({
  name: 'stub-status',
  doc: 'A page with the counts of connections and requests of all workers, what zones hold, and how the workers are.',
  transient: true,
  directives: {
    stub_status: directive({
      in: ['server', 'location'],
      default: false,
      doc: 'Answers with the counts of connections and requests, and behind them a line for each zone of limits and for each worker.',
      usage: '',
      min: 0,
      max: 1,
      kind: 'flag',
      inherits: 'never',
      claims: 'content',
      read: (entry) => entry.args[0] !== 'off',
    }),
  },
  prepare: ({ stub_status }) => {
    if (!stub_status) return undefined
    watchGc()
    return stub_status
  },
  content: (x) => {
    if (x.method !== 'GET' && x.method !== 'HEAD') return 405
    const head = new Head(200)
    head.type = 'text/plain'
    return x.respond(head, Buffer.from(page(), 'latin1'))
  },
  variables: {
    connections_active: count('active', 'Client connections now, idle ones included.'),
    connections_reading: count('reading', 'Connections whose request head is being read.'),
    connections_writing: count('writing', 'Connections whose response is being made.'),
    connections_waiting: count('waiting', 'Idle client connections.'),
  },
})

function page(): string {
  const { accepted, handled, requests, active, reading, writing, waiting } = totalCounts()
  return (
    `Active connections: ${active} \n` +
    'server accepts handled requests\n' +
    ` ${accepted} ${handled} ${requests} \n` +
    `Reading: ${reading} Writing: ${writing} Waiting: ${waiting} \n${behind()}`
  )
}

/** Behind nginx's lines, where its readers do not look. */
function behind(): string {
  return [...sharedZones().map(zoneLine), ...workerVitals().map(workerLine)].join('')
}

function workerLine({ pid, memory, delay, gc }: Vitals): string {
  return `Worker ${pid}: ${memory} bytes, loop delay ${Math.round(delay)} ms, gc ${Math.round(gc)} ms \n`
}

function zoneLine(zone: SharedZone): string {
  const { bytes, records } = zone.usage
  return `Zone ${zone.name}: ${records} records, ${bytes} of ${zone.size} bytes \n`
}

function count(which: 'active' | 'reading' | 'writing' | 'waiting', doc: string): Variable {
  return { doc, get: () => String(totalCounts()[which]) }
}

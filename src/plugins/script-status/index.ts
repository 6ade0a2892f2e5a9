import { definePlugin, directive, Head } from 'gateway/plugin'
import { FORMATS, type Status } from './formats.ts'

/** The zones of `script_zone`. */
const KIND = { use: 'script_zone', keeps: 'records', overhead: 512 } as const

const scriptStatus = directive<Status | undefined>({
  in: ['location'],
  default: undefined,
  doc: 'Answers with what the scripts of a script_zone have done, of all workers, as JSON or in the text format of Prometheus. What a worker has counted is half a second old at most.',
  usage: 'zone=name [format=json|prometheus]',
  min: 1,
  max: 2,
  kind: 'params',
  words: ['zone', 'format'],
  inherits: 'never',
  claims: 'content',
  read: (entry) => {
    const values = Object.fromEntries(entry.args.map((word) => word.split('=', 2)))
    const format = FORMATS.find((each) => each.name === (values.format ?? 'json'))
    if (!format) return entry.fail(`"${values.format}" is no format`, 'json or prometheus')
    if (!values.zone) return entry.fail('must have "zone" parameter', 'write zone=name')
    return { zone: entry.zone(values.zone, KIND), format }
  },
})

/** Tells what scripts have done: runs, failures by code, fuel. */
export default definePlugin({
  name: 'script-status',
  doc: 'A page with the counts of scripts, of all workers.',
  transient: true,
  directives: { script_status: scriptStatus },
  prepare: ({ script_status }) => script_status,
  content: (x, { format, zone }) => {
    if (x.method !== 'GET' && x.method !== 'HEAD') return 405
    const head = new Head(200)
    head.type = format.type
    head.fields.add('Cache-Control', 'no-store')
    return x.respond(head, format.print(zone.entries()))
  },
})

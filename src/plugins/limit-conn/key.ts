import { declareZone, directive, type Entry, type SharedZone, type Template } from 'gateway/plugin'

/** nginx's node of a key takes 36 bytes: 64 with an address, so that 1m keeps 16,000. */
export const KIND = { use: 'limit_conn', keeps: 'holds', overhead: 36 } as const

const keys = new WeakMap<SharedZone, Template>()

/** By what a zone counts; undefined as long as no `limit_conn_zone` was read. */
export function keyOf(zone: SharedZone): Template | undefined {
  return keys.get(zone)
}

export const limitConnZone = directive<readonly string[]>({
  in: ['http'],
  default: [],
  doc: 'Declares a zone in which all workers count the requests under way of each key. Requests with an empty key are not counted. 1m keeps about 16,000 addresses; when it is full, requests of further ones are refused.',
  usage: 'key zone=name:size',
  min: 2,
  max: 2,
  repeat: true,
  inherits: 'never',
  read: (entry, before = []) => [...before, readZone(entry)],
})

function readZone(entry: Entry): string {
  const [source = '', word = ''] = entry.args
  const key = entry.template(source)
  if (!word.startsWith('zone=')) return entry.fail(`invalid parameter "${word}"`)
  const zone = declareZone(entry, word, KIND)
  const bound = keys.get(zone)
  if (bound) return entry.fail(`"${zone.name}" is already bound to key "${bound.source}"`)
  keys.set(zone, key)
  return zone.name
}

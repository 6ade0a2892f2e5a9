import { declareZone, directive, type Entry, type SharedZone, type Template } from 'gateway/plugin'

/** What `limit_req_zone` says of its zone. */
export interface Rate {
  readonly key: Template
  /** Thousandths of a request a second. */
  readonly rate: number
}

/** nginx's node of a key takes 80 bytes: 128 with an address, so that 1m keeps 8,000. */
export const KIND = { use: 'limit_req', keeps: 'records', overhead: 80 } as const

const rates = new WeakMap<SharedZone, Rate>()

/** Undefined as long as no `limit_req_zone` was read. */
export function rateOf(zone: SharedZone): Rate | undefined {
  return rates.get(zone)
}

export const limitReqZone = directive<readonly string[]>({
  in: ['http'],
  default: [],
  doc: 'Declares a zone in which all workers count the requests of each key, and how many are let through in a second or minute. Requests with an empty key are not counted. 1m keeps about 8,000 addresses; when it is full, the oldest one goes.',
  usage: 'key zone=name:size rate=rate',
  min: 3,
  max: 3,
  repeat: true,
  inherits: 'never',
  read: (entry, before = []) => [...before, readZone(entry)],
})

function readZone(entry: Entry): string {
  const [source = '', ...words] = entry.args
  const key = entry.template(source)
  let zone: SharedZone | undefined
  let rate = REQUEST_A_SECOND
  for (const word of words) {
    if (word.startsWith('zone=')) zone = declareZone(entry, word, KIND)
    else if (word.startsWith('rate=')) rate = readRate(entry, word)
    else entry.fail(`invalid parameter "${word}"`)
  }
  if (!zone) return entry.fail('must have "zone" parameter', 'write zone=name:10m')
  const bound = rates.get(zone)
  if (bound) return entry.fail(`"${zone.name}" is already bound to key "${bound.key.source}"`)
  rates.set(zone, { key, rate })
  return zone.name
}

const REQUEST_A_SECOND = 1000
const PER_SECOND: Readonly<Record<string, number>> = { '': 1, 'r/s': 1, 'r/m': 60 }

function readRate(entry: Entry, word: string): number {
  const [, digits, unit = ''] = /^rate=(\d{1,9})(r\/s|r\/m|)$/.exec(word) ?? []
  if (Number(digits ?? 0) === 0) return entry.fail(`invalid rate "${word}"`, 'write rate=10r/s')
  return Math.floor((Number(digits) * REQUEST_A_SECOND) / (PER_SECOND[unit] ?? 1))
}

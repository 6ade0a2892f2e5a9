import { directive, type Entry, type SharedZone } from 'gateway/plugin'
import { REQUEST } from './bucket.ts'
import { KIND } from './rate.ts'

/** One `limit_req`, in thousandths of requests. */
export interface LimitReq {
  readonly zone: SharedZone
  /** An excess up to this is let through, above it refused. */
  readonly burst: number
  /** An excess up to this is let through at once. */
  readonly delay: number
}

export const limitReq = directive<readonly LimitReq[]>({
  in: ['http', 'server', 'location'],
  default: [],
  doc: 'Limits requests to the rate of a zone. A burst in excess of it is delayed until it fits the rate, from the first request on, or only what exceeds "delay", or not at all with "nodelay"; what exceeds the burst is refused. Several limits all count.',
  usage: 'zone=name [burst=number] [nodelay | delay=number]',
  min: 1,
  max: 3,
  repeat: true,
  kind: 'params',
  words: ['zone', 'burst', 'nodelay', 'delay'],
  read: (entry, before = []) => {
    const limit = readLimit(entry)
    if (before.some(({ zone }) => zone === limit.zone)) entry.fail('is duplicate')
    return [...before, limit]
  },
})

function readLimit(entry: Entry): LimitReq {
  let zone: SharedZone | undefined
  let burst = 0
  let delay = 0
  for (const word of entry.args) {
    if (word.startsWith('zone=')) zone = entry.zone(word.slice('zone='.length), KIND)
    else if (word.startsWith('burst=')) burst = readCount(entry, word, 'burst')
    else if (word.startsWith('delay=')) delay = readCount(entry, word, 'delay')
    else if (word === 'nodelay') delay = Number.POSITIVE_INFINITY
    else entry.fail(`invalid parameter "${word}"`)
  }
  if (!zone || zone.name === '') return entry.fail('must have "zone" parameter')
  return { zone, burst: burst * REQUEST, delay: delay * REQUEST }
}

function readCount(entry: Entry, word: string, name: string): number {
  const digits = word.slice(name.length + 1)
  if (!/^\d{1,9}$/.test(digits) || Number(digits) === 0) {
    return entry.fail(`invalid ${name} value "${word}"`)
  }
  return Number(digits)
}

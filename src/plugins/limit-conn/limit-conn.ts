import { directive, type Entry, type SharedZone } from 'gateway/plugin'
import { KIND } from './key.ts'

/** As in nginx. */
const MOST = 65_535

/** One `limit_conn`. */
export interface LimitConn {
  readonly zone: SharedZone
  /** Requests of one key under way at once. */
  readonly most: number
}

export const limitConn = directive<readonly LimitConn[]>({
  in: ['http', 'server', 'location'],
  default: [],
  doc: 'Limits how many requests of one key are under way at once; idle connections do not count. Several limits all count.',
  usage: 'zone number',
  min: 2,
  max: 2,
  repeat: true,
  read: (entry, before = []) => {
    const [name = '', digits = ''] = entry.args
    const zone = entry.zone(name, KIND)
    if (before.some((each) => each.zone === zone)) entry.fail('is duplicate')
    return [...before, { zone, most: readMost(entry, digits) }]
  },
})

function readMost(entry: Entry, digits: string): number {
  if (!/^\d{1,9}$/.test(digits) || Number(digits) === 0) {
    return entry.fail(`invalid number of connections "${digits}"`)
  }
  const most = Number(digits)
  return most <= MOST ? most : entry.fail(`connection limit must be less ${MOST + 1}`)
}

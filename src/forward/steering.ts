import type { Exchange } from '../kernel/exchange/exchange.ts'
import type { Answered } from '../kernel/upstream/attempt.ts'
import type { STEERING_FIELDS } from '../wire/http1/field-fate.ts'
import { limitRate } from './paced-sink.ts'

/** What `proxy_ignore_headers` and its like may name: the others mean something to a cache. */
export const IGNORABLE_FIELDS = [
  'X-Accel-Redirect',
  'X-Accel-Expires',
  'X-Accel-Limit-Rate',
  'X-Accel-Buffering',
  'X-Accel-Charset',
  'Expires',
  'Cache-Control',
  'Set-Cookie',
  'Vary',
] as const

/** What a peer tells the gateway to do with its answer; undefined where it says nothing of it. */
export interface Steering {
  /** Where the answer is to come from instead: `/uri?args` or `@name`. */
  readonly redirect: string | undefined
  readonly buffering: boolean | undefined
  readonly charset: string | undefined
}

/** Of a peer that says nothing. */
export const UNSTEERED: Steering = { redirect: undefined, buffering: undefined, charset: undefined }

/** Reads the steering fields of an answer but for the `ignored` ones (in lower case). */
export function steeringOf(x: Exchange, answer: Answered, ignored: ReadonlySet<string>): Steering {
  const said = (name: (typeof STEERING_FIELDS)[number]) =>
    ignored.has(name) ? undefined : answer.original(name)[0]
  const rate = said('x-accel-limit-rate')
  if (rate !== undefined && /^\d{1,15}$/.test(rate)) limitRate.set(x, rate)
  const charset = said('x-accel-charset')
  return {
    redirect: said('x-accel-redirect'),
    buffering: BUFFERING.get(said('x-accel-buffering')?.toLowerCase() ?? ''),
    charset: charset !== undefined && CHARSET.test(charset) ? charset : undefined,
  }
}

const BUFFERING: ReadonlyMap<string, boolean> = new Map([
  ['yes', true],
  ['no', false],
])

/** The longest name registered has 45 characters. */
const CHARSET = /^[A-Za-z0-9!#$%&'+^_`{}~.:()-]{1,64}$/

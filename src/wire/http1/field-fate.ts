import { FieldTable } from './field-table.ts'

/**
 * What becomes of a field of a response: `drop` it · `type`, `length`, `coding`, `connection`:
 * it says something the kernel keeps elsewhere · `steer`: it is told to the gateway, and dropped ·
 * `steer and pass`. Fields that are in no table pass.
 */
export type FieldFate =
  | 'drop'
  | 'type'
  | 'length'
  | 'coding'
  | 'connection'
  | 'steer'
  | 'steer and pass'

/** Fields by which a peer tells the gateway what to do with its answer (nginx's X-Accel family). */
export const STEERING_FIELDS = [
  'x-accel-redirect',
  'x-accel-limit-rate',
  'x-accel-buffering',
  'x-accel-charset',
] as const

/** Fields that mean one connection and never pass it (RFC 9110 section 7.6.1), and the framing. */
const FATES: readonly (readonly [string, FieldFate])[] = [
  ['content-type', 'type'],
  ['content-length', 'length'],
  ['transfer-encoding', 'coding'],
  ['connection', 'connection'],
  ['keep-alive', 'drop'],
  ['proxy-connection', 'drop'],
  ['te', 'drop'],
  ['trailer', 'drop'],
  ['upgrade', 'drop'],
]

/** A table for `parseResponseHead` that also drops the `hidden` fields (in lower case), but not the `passed` one. */
export function fieldFates(hidden: Iterable<string>, passed?: 'trailer'): FieldTable<FieldFate> {
  const names = new Set(hidden)
  const drops = [...names].map((name): [string, FieldFate] => [name, 'drop'])
  const steers = STEERING_FIELDS.map((name): [string, FieldFate] => {
    return [name, names.has(name) ? 'steer' : 'steer and pass']
  })
  return new FieldTable<FieldFate>([
    ...drops,
    ...steers,
    ...FATES.filter(([name]) => name !== passed),
  ])
}

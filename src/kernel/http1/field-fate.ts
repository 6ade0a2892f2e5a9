import { FieldTable } from './field-table.ts'

/**
 * What becomes of a field of a response: `drop` it · `type`, `length`, `coding`, `connection`:
 * it says something the kernel keeps elsewhere. Fields that are in no table pass.
 */
export type FieldFate = 'drop' | 'type' | 'length' | 'coding' | 'connection'

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

/** A table for `parseResponseHead` that also drops the `hidden` fields. */
export function fieldFates(hidden: Iterable<string>): FieldTable<FieldFate> {
  const drops = [...hidden].map((name): [string, FieldFate] => [name, 'drop'])
  return new FieldTable<FieldFate>([...drops, ...FATES])
}

import type { Crossing } from '../border/crossing.ts'
import { HostRefusal } from './refusal.ts'

/** What crossed is not what the op takes; a correct guest never sees it. */
export function badCall(what: string): HostRefusal {
  return new HostRefusal(`host call with a wrong ${what}`, { name: 'TypeError', code: 'bad_call' })
}

/** A crossing as text, or a refusal. */
export function textOf(value: Crossing, what: string): string {
  if (typeof value !== 'string') throw badCall(what)
  return value
}

/** A crossing as a whole number that is not negative, or a refusal. */
export function countOf(value: Crossing, what: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw badCall(what)
  return value
}

/** A crossing as bytes, or a refusal. */
export function bytesOf(value: Crossing, what: string): Uint8Array {
  if (!(value instanceof Uint8Array)) throw badCall(what)
  return value
}

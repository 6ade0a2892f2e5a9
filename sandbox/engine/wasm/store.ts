import { Cursor } from './cursor.ts'
import { Instruction as I } from './instruction.ts'

/** Value types, by their byte. */
export const VALUE_TYPES = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c } as const

/** What the stores from `i32.store` on write: the type of the value, and how many bytes of it. */
const STORES = [
  [VALUE_TYPES.i32, 4],
  [VALUE_TYPES.i64, 8],
  [VALUE_TYPES.f32, 4],
  [VALUE_TYPES.f64, 8],
  [VALUE_TYPES.i32, 1],
  [VALUE_TYPES.i32, 2],
  [VALUE_TYPES.i64, 1],
  [VALUE_TYPES.i64, 2],
  [VALUE_TYPES.i64, 4],
] as const

/** An instruction that writes to memory. */
export interface Store {
  readonly type: number
  readonly bytes: number
  /** Added to the address on the stack. */
  readonly offset: number
  /** Whether the compiler knew the address to be a multiple of the size. */
  readonly aligned: boolean
}

export function isStore(op: number): boolean {
  return op >= I.firstStore && op <= I.lastStore
}

/** Reads the store that stands at `start`. */
export function readStore(bytes: Uint8Array, start: number, end: number): Store {
  const cursor = new Cursor(bytes, start, end)
  const [type, size] = STORES[cursor.byte() - I.firstStore] as (typeof STORES)[number]
  const alignment = 2 ** cursor.u32()
  return { type, bytes: size, offset: cursor.u32(), aligned: alignment >= size }
}

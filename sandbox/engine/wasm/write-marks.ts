import { Instruction as I } from './instruction.ts'
import type { Store } from './store.ts'
import { VALUE_TYPES } from './store.ts'
import { leb, signedLeb } from './writer.ts'

/**
 * Marks of what was written: a byte becomes 1 for each card of memory that a store has touched. They
 * lie in pages behind the memory that the module knows of.
 */
export interface Cards {
  /** Address of the first mark. */
  readonly at: number
  /** A card's size, as a power of two. */
  readonly shift: number
  /** Pages that the module is not told of. */
  readonly pages: number
}

/** Types of the locals that marking needs: an address, and a value of each type. */
const LOCALS: readonly number[] = [VALUE_TYPES.i32, ...Object.values(VALUE_TYPES)]

/** Groups of locals to be added to a function's own, as a code section has them. */
export const MARK_LOCALS: readonly (readonly number[])[] = LOCALS.map((type) => [1, type])

/** Before a store whose function has `own` locals: keeps the address, which the store takes away. */
export function keepAddress(store: Store, own: number): number[] {
  const value = leb(own + LOCALS.lastIndexOf(store.type))
  const aligned = isInOneCard(store) ? [I.i32Const, ...signedLeb(-store.bytes), I.i32And] : []
  return [I.localSet, ...value, ...aligned, I.localTee, ...leb(own), I.localGet, ...value]
}

/** After it: one card, or both where it may lie across a border. */
export function markStore(store: Store, own: number, cards: Cards): number[] {
  const { bytes, offset } = store
  const first = markByte(own, offset, cards)
  const isOne = bytes === 1 || isInOneCard(store)
  return isOne ? first : [...first, ...markByte(own, offset + bytes - 1, cards)]
}

/**
 * Whether the address can be held to what the compiler knew of it. A guest that has made the engine
 * use a false one must not write across the border of a card, of which one is marked.
 */
function isInOneCard({ aligned, bytes, offset }: Store): boolean {
  return aligned && bytes > 1 && offset % bytes === 0
}

function markByte(address: number, offset: number, { at, shift }: Cards): number[] {
  return [
    ...[I.localGet, ...leb(address)],
    ...(offset === 0 ? [] : [I.i32Const, ...signedLeb(offset), I.i32Add]),
    ...[I.i32Const, ...signedLeb(shift), I.i32ShiftRight, I.i32Const, 1],
    ...[I.i32Store8, 0, ...leb(at)],
  ]
}

/** Marks what a bulk instruction has written; its operands are the first three locals. */
export function markRange({ at, shift }: Cards): number[] {
  const toCard = [I.i32Const, ...signedLeb(shift), I.i32ShiftRight]
  const first = [I.localGet, 0, ...toCard]
  const one = [I.i32Const, 1]
  const mark = [...one, I.i32Store8, 0, ...leb(at)]
  const last = [I.localGet, 0, I.localGet, 2, I.i32Add, ...one, I.i32Subtract, ...toCard]
  return [
    ...[I.localGet, 2, I.if, 0x40],
    // No more than a card is in two of them; a bulk instruction is a call out of WebAssembly.
    ...[I.localGet, 2, I.i32Const, ...signedLeb(2 ** shift), I.i32AtMostUnsigned, I.if, 0x40],
    ...[...first, ...mark, ...last, ...mark, I.else],
    ...[...first, I.i32Const, ...signedLeb(at), I.i32Add, ...one],
    ...[...last, ...first, I.i32Subtract, ...one, I.i32Add],
    ...[0xfc, 11, 0],
    ...[I.end, I.end],
  ]
}

/** After `memory.size`: the pages of the marks are none of the module's. */
export function hidePages({ pages }: Cards): number[] {
  return [I.i32Const, ...signedLeb(pages), I.i32Subtract]
}

import { Instruction as I, Vector as V } from './instruction.ts'
import { VALUE_TYPES } from './store.ts'
import type { Cards } from './write-marks.ts'
import { join, leb, section, signedLeb, sized } from './writer.ts'

/** Import and export of a restorer: the memory, and what restores it. */
export const RESTORER = { module: 'engine', memory: 'memory', restore: 'restore' } as const

/** Marks that are looked at together: most of a memory's are not set. */
export const ROW = 64

/** The bytes of a vector, which are looked at or copied at a time. */
const VECTOR = 16

/**
 * A module whose `restore(from, to)` looks at marks in rows of {@link ROW}, from an address that is
 * a multiple of it to the row in which the other one is or ends: it takes each mark away, and copies
 * its card from the original, which lies `distance` bytes above it. From JavaScript each card would
 * be a call of its own.
 */
export function restorer(cards: Cards, distance: number): Uint8Array {
  const { i32 } = VALUE_TYPES
  const one = (item: readonly number[]) => join([[1], item])
  const text = (value: string) => sized(Buffer.from(value))
  // Of any size, as it is the engine's.
  const memory = [2, 0, 0]
  return join([
    [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    section(1, one([0x60, 2, i32, i32, 0])),
    section(2, one([...text(RESTORER.module), ...text(RESTORER.memory), ...memory])),
    section(3, one([0])),
    section(7, one([...text(RESTORER.restore), 0, 0])),
    section(10, one([...sized([...LOCALS, ...restore(cards, distance), I.end])])),
  ])
}

/** The parameters and locals of the function. */
const MARK = 0
const TO = 1
const ROW_END = 2
const CARD = 3
const LOCALS = [1, 2, VALUE_TYPES.i32]

const NO_VALUE = 0x40

function restore(cards: Cards, distance: number): number[] {
  const row = Array.from({ length: ROW / VECTOR }, (_, i) => vectorAt(i * VECTOR))
  return [
    ...[I.block, NO_VALUE, I.loop, NO_VALUE],
    ...[I.localGet, MARK, I.localGet, TO, I.i32AtLeastUnsigned, I.branchIf, 1],
    ...[...row.flat(), ...row.slice(1).flatMap(() => V.or), ...V.anyTrue],
    ...[I.if, NO_VALUE, ...restoreRow(cards, distance)],
    ...[I.else, ...add(MARK, ROW), I.localSet, MARK, I.end],
    ...[I.branch, 0, I.end, I.end],
  ]
}

/** Looks at each vector of a row. */
function restoreRow(cards: Cards, distance: number): number[] {
  return [
    ...[...add(MARK, ROW), I.localSet, ROW_END],
    ...[I.loop, NO_VALUE, ...vectorAt(0), ...V.anyTrue],
    ...[I.if, NO_VALUE, ...restoreMarked(cards, distance)],
    ...[I.else, ...add(MARK, VECTOR), I.localSet, MARK, I.end],
    ...[I.localGet, MARK, I.localGet, ROW_END, I.i32LessUnsigned, I.branchIf, 0, I.end],
  ]
}

/** Looks at each mark of a vector. */
function restoreMarked(cards: Cards, distance: number): number[] {
  return [
    ...[I.loop, NO_VALUE, I.localGet, MARK, I.i32Load8, 0, 0],
    ...[I.if, NO_VALUE, ...restoreCard(cards, distance), I.end],
    ...[...add(MARK, 1), I.localTee, MARK, I.i32Const, ...signedLeb(VECTOR - 1), I.i32And],
    ...[I.branchIf, 0, I.end],
  ]
}

function restoreCard({ at, shift }: Cards, distance: number): number[] {
  const copies = Array.from({ length: 2 ** shift / VECTOR }, (_, i) => [
    ...[I.localGet, CARD, I.localGet, CARD, ...V.load, 0, ...leb(distance + i * VECTOR)],
    ...[...V.store, 0, ...leb(i * VECTOR)],
  ])
  return [
    ...[I.localGet, MARK, I.i32Const, 0, I.i32Store8, 0, 0],
    ...[...add(MARK, -at), I.i32Const, ...signedLeb(shift), I.i32ShiftLeft, I.localSet, CARD],
    ...copies.flat(),
  ]
}

function vectorAt(offset: number): number[] {
  return [I.localGet, MARK, ...V.load, 0, ...leb(offset)]
}

function add(local: number, value: number): number[] {
  return [I.localGet, local, I.i32Const, ...signedLeb(value), I.i32Add]
}

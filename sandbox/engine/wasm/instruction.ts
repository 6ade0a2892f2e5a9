import { malformedModule } from '../errors.ts'
import type { Cursor } from './cursor.ts'

/** Instructions a meter must know; those behind the prefix 0xfc have it in their high byte. */
export const Instruction = {
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  end: 0x0b,
  branch: 0x0c,
  branchIf: 0x0d,
  call: 0x10,
  drop: 0x1a,
  localGet: 0x20,
  localSet: 0x21,
  localTee: 0x22,
  globalGet: 0x23,
  globalSet: 0x24,
  i32Load: 0x28,
  i64Load: 0x29,
  i32Load8: 0x2d,
  firstStore: 0x36,
  i32Store: 0x36,
  i64Store: 0x37,
  i32Store8: 0x3a,
  lastStore: 0x3e,
  i32Const: 0x41,
  i32LessSigned: 0x48,
  i32LessUnsigned: 0x49,
  i32AtMostUnsigned: 0x4d,
  i32AtLeastUnsigned: 0x4f,
  i32Add: 0x6a,
  i32Subtract: 0x6b,
  i32Multiply: 0x6c,
  i32And: 0x71,
  i32ShiftLeft: 0x74,
  i32ShiftRight: 0x76,
  memorySize: 0x3f,
  memoryCopy: 0xfc0a,
  memoryFill: 0xfc0b,
} as const

/** Instructions of vectors that we use ourselves; an engine that has any is refused. */
export const Vector = {
  load: [0xfd, 0x00],
  store: [0xfd, 0x0b],
  /** A byte to all of it, and the first half of it as an i64; whose number follows. */
  spread: [0xfd, 0x0f],
  firstHalf: [0xfd, 0x1d],
  or: [0xfd, 0x50],
  anyTrue: [0xfd, 0x53],
} as const

/** Passes over one instruction with its immediates and says which it was. */
export function readInstruction(code: Cursor): number {
  const start = code.at
  const op = code.byte()
  if (op === 0xfc) return readPrefixed(code, start)
  const skip = IMMEDIATES[op]
  if (skip === undefined) {
    throw malformedModule(`unknown instruction 0x${op.toString(16)}`, start)
  }
  skip(code)
  return op
}

type Skip = (code: Cursor) => void

const nothing: Skip = () => {}
const index: Skip = (code) => code.skipNumber(32)
const twoIndices: Skip = (code) => {
  code.skipNumber(32)
  code.skipNumber(32)
}
const blockType: Skip = (code) => code.skipNumber(64)
const oneByte: Skip = (code) => code.skip(1)

/** What follows each one-byte instruction (WebAssembly core specification 2.0, section 5.4). */
const IMMEDIATES: readonly (Skip | undefined)[] = immediates()

function immediates(): readonly (Skip | undefined)[] {
  const table: (Skip | undefined)[] = new Array(256)
  const set = (from: number, to: number, skip: Skip) => table.fill(skip, from, to + 1)
  set(0x00, 0x01, nothing) // unreachable, nop
  set(0x02, 0x04, blockType) // block, loop, if
  table[0x05] = nothing // else
  table[0x0b] = nothing // end
  set(0x0c, 0x0d, index) // br, br_if
  table[0x0e] = (code) => {
    for (let labels = code.u32(); labels >= 0; labels--) code.skipNumber(32)
  }
  table[0x0f] = nothing // return
  table[0x10] = index // call
  table[0x11] = twoIndices // call_indirect
  set(0x1a, 0x1b, nothing) // drop, select
  table[0x1c] = (code) => code.skip(code.u32()) // select with types
  set(0x20, 0x26, index) // locals, globals, tables
  set(0x28, 0x3e, twoIndices) // loads and stores
  set(0x3f, 0x40, oneByte) // memory.size, memory.grow
  table[0x41] = (code) => code.skipNumber(32)
  table[0x42] = (code) => code.skipNumber(64)
  table[0x43] = (code) => code.skip(4)
  table[0x44] = (code) => code.skip(8)
  set(0x45, 0xc4, nothing) // comparisons, arithmetic, conversions
  table[0xd0] = oneByte // ref.null
  table[0xd1] = nothing // ref.is_null
  table[0xd2] = index // ref.func
  return table
}

/** Work on tables takes time by their operands and cannot be charged, so it is not let in. */
function readPrefixed(code: Cursor, start: number): number {
  const op = code.u32()
  if (op <= 7) return 0xfc00 | op // saturating conversions
  switch (op) {
    case 8: // memory.init: at most the module's own data, once
      code.skipNumber(32)
      code.skip(1)
      break
    case 9: // data.drop
      code.skipNumber(32)
      break
    case 10:
      code.skip(2)
      break
    case 11:
      code.skip(1)
      break
    default:
      throw malformedModule(`instruction 0xfc 0x${op.toString(16)} cannot be metered`, start)
  }
  return 0xfc00 | op
}

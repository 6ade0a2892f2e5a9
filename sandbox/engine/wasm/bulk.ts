import { Instruction as I, Vector as V } from './instruction.ts'
import { signedLeb } from './writer.ts'

/** A way to write so many bytes at once, and to read them or to make them of one. */
interface Width {
  readonly bytes: number
  readonly load: readonly number[]
  readonly store: readonly number[]
  /** From an i32 that is a byte. */
  readonly spread: readonly number[]
}

/** Each does for up to twice its own bytes, where the next one begins. */
const WIDTHS: readonly Width[] = [
  {
    bytes: 4,
    load: [I.i32Load],
    store: [I.i32Store],
    spread: [I.i32Const, 0xff, 1, I.i32And, I.i32Const, 0x81, 0x82, 0x84, 0x08, I.i32Multiply],
  },
  {
    bytes: 8,
    load: [I.i64Load],
    store: [I.i64Store],
    spread: [...V.spread, ...V.firstHalf, 0],
  },
  { bytes: 16, load: V.load, store: V.store, spread: V.spread },
]

const ANYWHERE = [0, 0]
const NO_VALUE = 0x40
const [TO, FROM, LENGTH] = [0, 1, 2]

/**
 * `memory.copy` of the first three locals. For V8 it is a call out of WebAssembly, so a few bytes,
 * as most texts are, are copied by two loads and two stores that may overlap.
 */
export function copy(): number[] {
  const part = ({ load }: Width, back: readonly number[]) => {
    return [I.localGet, FROM, ...back, ...load, ...ANYWHERE]
  }
  return byWidth(part, [0xfc, 10, 0, 0])
}

/** `memory.fill` in the same way. */
export function fill(): number[] {
  return byWidth(({ spread }) => [I.localGet, FROM, ...spread], [0xfc, 11, 0])
}

/** What is written is read before anything is written: the ranges may overlap. */
function byWidth(
  value: (width: Width, back: readonly number[]) => readonly number[],
  bulk: readonly number[],
): number[] {
  const cases = WIDTHS.flatMap((width) => {
    const { bytes, store } = width
    // The last bytes, as many as are written at once.
    const back = [I.localGet, LENGTH, I.i32Add, I.i32Const, ...signedLeb(bytes), I.i32Subtract]
    return [
      ...[I.localGet, LENGTH, I.i32Const, ...signedLeb(bytes), I.i32Subtract],
      ...[I.i32Const, ...signedLeb(bytes), I.i32AtMostUnsigned, I.if, NO_VALUE],
      ...[I.localGet, TO, ...value(width, [])],
      ...[I.localGet, TO, ...back, ...value(width, back)],
      ...[...store, ...ANYWHERE, ...store, ...ANYWHERE],
      I.else,
    ]
  })
  const operands = [TO, FROM, LENGTH].flatMap((local) => [I.localGet, local])
  return [...cases, ...operands, ...bulk, ...WIDTHS.map(() => I.end)]
}

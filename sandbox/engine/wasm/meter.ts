import { malformedModule } from '../errors.ts'
import { branchHints } from './branch-hints.ts'
import { copy, fill } from './bulk.ts'
import { Cursor } from './cursor.ts'
import { Instruction as I, readInstruction } from './instruction.ts'
import { type ModuleShape, readShape, Section } from './module-shape.ts'
import { isStore, readStore, VALUE_TYPES } from './store.ts'
import {
  type Cards,
  hidePages,
  keepAddress,
  MARK_LOCALS,
  markRange,
  markStore,
} from './write-marks.ts'
import { join, leb, section, sized } from './writer.ts'

/** How a module is metered. */
export interface MeterOptions {
  /** The import that is called, without arguments, when the fuel is below zero. */
  readonly burnt: { readonly module: string; readonly name: string }
  /** Where a unit of fuel is taken; entries cost a tenth more time and catch bare recursion. */
  readonly at: 'loops' | 'loops and entries'
  /** Where it is marked what the module writes to; nowhere where this is missing. */
  readonly cards?: Cards
}

/** A metered module and what was found in it. */
export interface Metered {
  readonly bytes: Uint8Array
  readonly loops: number
  /** How many `memory.fill` and `memory.copy` are charged. */
  readonly bulk: number
}

/** Names of the globals a metered module exports: what fuel is left, and C's stack pointer. */
export const FUEL_EXPORT = 'fuel'
export const STACK_EXPORT = 'stack'

/** Whether what is left of the fuel is below zero. */
const LEFT_IS_NEGATIVE = [I.i32Const, 0, I.i32LessSigned]

/** A unit of fuel is taken for every so many bytes filled or copied, as a power of two. */
const BULK_SHIFT = 6

/**
 * Rewrites a module so that it takes a unit of fuel at every loop header, and more for bulk memory.
 * Everything added stands behind what was there, so no index changes; the callback must be an import
 * that is otherwise unused. Emscripten's stack pointer, global 0, is exported as well.
 */
export function meter(bytes: Uint8Array, options: MeterOptions): Metered {
  const shape = readShape(bytes, options.burnt.module, options.burnt.name)
  const rewriter = new Rewriter(bytes, shape, options)
  const sections = shape.sections.filter(({ id }) => id !== Section.custom)
  const written = sections.flatMap(({ end, id, start }) => {
    const made = rewriter.section(id, new Cursor(bytes, start, end))
    return id === Section.code
      ? [branchHints(shape.importedFunctions, rewriter.checks), made]
      : made
  })
  return {
    bytes: join([bytes.subarray(0, 8), ...written]),
    loops: rewriter.loops,
    bulk: rewriter.bulk,
  }
}

class Rewriter {
  loops = 0
  bulk = 0
  /** Where in each function it is looked whether fuel is left: there always is, but once. */
  readonly checks: number[][] = []
  readonly #bytes: Uint8Array
  readonly #shape: ModuleShape
  readonly #at: MeterOptions['at']
  readonly #cards: Cards | undefined
  readonly #fuel: number[]
  readonly #burnt: number[]
  readonly #fill: number[]
  readonly #copy: number[]

  constructor(bytes: Uint8Array, shape: ModuleShape, { at, cards }: MeterOptions) {
    this.#bytes = bytes
    this.#shape = shape
    this.#at = at
    this.#cards = cards
    const firstNew = shape.importedFunctions + shape.functions
    this.#fuel = leb(shape.importedGlobals + shape.globals)
    this.#fill = [I.call, ...leb(firstNew)]
    this.#copy = [I.call, ...leb(firstNew + 1)]
    const drop = shape.wanted.results === 1 ? [I.drop] : []
    this.#burnt = [
      ...LEFT_IS_NEGATIVE,
      ...[I.if, 0x40, I.call, ...leb(shape.wanted.index), ...drop, I.end],
    ]
  }

  section(id: number, body: Cursor): Uint8Array {
    switch (id) {
      case Section.type: // (address, value or source, length) -> ()
        return this.#append(id, body, [[0x60, 3, 0x7f, 0x7f, 0x7f, 0]])
      case Section.function:
        return this.#append(id, body, [leb(this.#shape.types), leb(this.#shape.types)])
      case Section.global: // i32, mutable; full, because start functions run before anybody sets it
        return this.#append(id, body, [[0x7f, 1, I.i32Const, 0xff, 0xff, 0xff, 0xff, 0x07, I.end]])
      case Section.export:
        return this.#append(id, body, [
          [...sized(Buffer.from(FUEL_EXPORT)), 3, ...this.#fuel],
          [...sized(Buffer.from(STACK_EXPORT)), 3, ...leb(this.#shape.importedGlobals)],
        ])
      case Section.code:
        return this.#code(body)
      default:
        return section(id, body.rest())
    }
  }

  #append(id: number, body: Cursor, items: readonly (readonly number[])[]): Uint8Array {
    const count = body.u32()
    return section(id, join([leb(count + items.length), body.rest(), ...items]))
  }

  #code(body: Cursor): Uint8Array {
    const count = body.u32()
    const bodies: Uint8Array[] = []
    for (const parameters of this.#shape.parameters.slice(0, count)) {
      bodies.push(this.#function(body.part(body.u32()), parameters))
    }
    if (!body.done) throw malformedModule('bytes after the last function', body.at)
    bodies.push(this.#charged(fill()), this.#charged(copy()))
    return section(Section.code, join([leb(bodies.length), ...bodies]))
  }

  #function(code: Cursor, parameters: number): Uint8Array {
    const { groups, locals } = readLocals(code)
    const pieces: Uint8Array[] = [this.#locals(groups)]
    const own = parameters + locals
    let copied = code.at
    let length = (pieces[0] as Uint8Array).length
    const insert = (upTo: number, piece: Uint8Array | readonly number[], from = code.at) => {
      pieces.push(this.#bytes.subarray(copied, upTo), Uint8Array.from(piece))
      length += upTo - copied + piece.length
      copied = from
    }
    const burn = this.#burn(own)
    const checks: number[] = []
    const insertBurn = () => {
      insert(code.at, burn)
      checks.push(length - this.#burnt.length + LEFT_IS_NEGATIVE.length)
    }
    this.checks.push(checks)
    if (this.#at === 'loops and entries') insertBurn()
    while (!code.done) {
      const start = code.at
      const op = readInstruction(code)
      if (op === I.loop) insertBurn()
      else if (op === I.memoryFill) insert(start, this.#fill)
      else if (op === I.memoryCopy) insert(start, this.#copy)
      else {
        if (this.#cards) this.#mark(op, start, code.at, own, this.#cards, insert)
        continue
      }
      if (op === I.loop) this.loops++
      else this.bulk++
    }
    pieces.push(this.#bytes.subarray(copied, code.end))
    return sized(join(pieces))
  }

  #locals({ bytes, count }: LocalGroups): Uint8Array {
    const added = this.#cards ? MARK_LOCALS : FUEL_LOCALS
    return join([leb(count + added.length), bytes, ...added])
  }

  /** Adds what must be noted of an instruction that lies from `start` to `end`. */
  #mark(op: number, start: number, end: number, own: number, cards: Cards, insert: Insert): void {
    if (op === I.memorySize) insert(end, hidePages(cards))
    if (!isStore(op)) return
    const store = readStore(this.#bytes, start, end)
    insert(start, keepAddress(store, own), start)
    insert(end, markStore(store, own, cards))
  }

  /** A function that pays for a bulk instruction before it is done. */
  #charged(instruction: readonly number[]): Uint8Array {
    const price = [I.localGet, 2, I.i32Const, BULK_SHIFT, I.i32ShiftRight]
    const noLocals = 0
    return sized([
      noLocals,
      ...this.#take(price),
      ...[I.globalSet, ...this.#fuel, I.globalGet, ...this.#fuel],
      ...this.#burnt,
      ...instruction,
      ...(this.#cards ? markRange(this.#cards) : []),
      I.end,
    ])
  }

  /** Takes a unit of fuel; the first of the locals that were added keeps what is left. */
  #burn(own: number): Uint8Array {
    const left = leb(own)
    return Uint8Array.from([
      ...this.#take([I.i32Const, 1]),
      ...[I.localTee, ...left, I.globalSet, ...this.#fuel, I.localGet, ...left],
      ...this.#burnt,
    ])
  }

  /** What is left of the fuel when a price was paid. */
  #take(price: readonly number[]): number[] {
    return [I.globalGet, ...this.#fuel, ...price, I.i32Subtract]
  }
}

/** An i32, as the first of those that marking needs is. */
const FUEL_LOCALS: readonly (readonly number[])[] = [[1, VALUE_TYPES.i32]]

/** Puts a piece before the byte at `upTo`; what follows is copied from `from` on. */
type Insert = (upTo: number, piece: readonly number[], from?: number) => void

/** How a function declares its locals: groups of one type each. */
interface LocalGroups {
  readonly count: number
  readonly bytes: Uint8Array
}

function readLocals(code: Cursor): { readonly groups: LocalGroups; readonly locals: number } {
  const count = code.u32()
  const start = code.at
  let locals = 0
  for (let left = count; left > 0; left--) {
    locals += code.u32()
    code.skip(1)
  }
  return { groups: { count, bytes: code.bytes.subarray(start, code.at) }, locals }
}

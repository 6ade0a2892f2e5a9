import { malformedModule } from '../errors.ts'
import { Cursor } from './cursor.ts'

/** Section ids of a WebAssembly module. */
export const Section = {
  custom: 0,
  type: 1,
  import: 2,
  function: 3,
  global: 6,
  export: 7,
  code: 10,
} as const

/** A section: its id and where its body lies. */
export interface SectionSpan {
  readonly id: number
  readonly start: number
  readonly end: number
}

/** What a rewriter must know of a module before it writes anything. */
export interface ModuleShape {
  readonly sections: readonly SectionSpan[]
  readonly types: number
  /** How many parameters each function of the module's own has, in order. */
  readonly parameters: readonly number[]
  readonly importedFunctions: number
  readonly importedGlobals: number
  readonly functions: number
  readonly globals: number
  /** The imported function asked for, and how many values it returns. */
  readonly wanted: { readonly index: number; readonly results: number }
}

const HEADER = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0]

/** Reads the shape of a module, with the imported function `()` or `() -> i32` of this name. */
export function readShape(bytes: Uint8Array, module: string, name: string): ModuleShape {
  if (!HEADER.every((byte, at) => bytes[at] === byte)) throw malformedModule('no header', 0)
  const sections = readSections(bytes)
  const at = (id: number) => cursorOf(bytes, sections, id)
  const types = readTypes(at(Section.type))
  const imports = readImports(at(Section.import), module, name)
  const type = types[imports.type]
  if (type === undefined || type.parameters > 0 || type.results > 1) {
    throw malformedModule(`import ${module}.${name} of a fitting type is missing`, 8)
  }
  const parameters = list(at(Section.function), (cursor) => types[cursor.u32()]?.parameters ?? 0)
  const functions = parameters.length
  if (at(Section.code).u32() !== functions) {
    throw malformedModule('as many bodies as functions are missing', 8)
  }
  return {
    sections,
    types: types.length,
    parameters,
    importedFunctions: imports.functions,
    importedGlobals: imports.globals,
    functions,
    globals: at(Section.global).u32(),
    wanted: { index: imports.index, results: type.results },
  }
}

/** The body of a section that must be there, and only once. */
export function cursorOf(bytes: Uint8Array, sections: readonly SectionSpan[], id: number): Cursor {
  const [found, another] = sections.filter((section) => section.id === id)
  if (!found || another) throw malformedModule(`not one section ${id}`, 8)
  return new Cursor(bytes, found.start, found.end)
}

function readSections(bytes: Uint8Array): SectionSpan[] {
  const cursor = new Cursor(bytes, HEADER.length)
  const sections: SectionSpan[] = []
  while (!cursor.done) {
    const id = cursor.byte()
    const { at: start, end } = cursor.part(cursor.u32())
    sections.push({ id, start, end })
  }
  return sections
}

function readTypes(cursor: Cursor): { parameters: number; results: number }[] {
  return list(cursor, () => {
    if (cursor.byte() !== 0x60) throw malformedModule('no function type', cursor.at - 1)
    const parameters = cursor.u32()
    cursor.skip(parameters)
    const results = cursor.u32()
    cursor.skip(results)
    return { parameters, results }
  })
}

function readImports(cursor: Cursor, module: string, name: string) {
  const found = { functions: 0, globals: 0, index: -1, type: -1 }
  list(cursor, () => {
    const wanted = cursor.name() === module
    const matches = cursor.name() === name && wanted
    const kind = cursor.byte()
    if (kind === 0) {
      const type = cursor.u32()
      if (matches) Object.assign(found, { index: found.functions, type })
      found.functions++
    } else if (kind === 1 || kind === 2) {
      if (kind === 1) cursor.skip(1)
      skipLimits(cursor)
    } else if (kind === 3) {
      cursor.skip(2)
      found.globals++
    } else throw malformedModule('unknown import', cursor.at - 1)
  })
  return found
}

function skipLimits(cursor: Cursor): void {
  const hasMaximum = cursor.byte() & 1
  cursor.skipNumber(32)
  if (hasMaximum) cursor.skipNumber(32)
}

function list<T>(cursor: Cursor, read: (cursor: Cursor) => T): T[] {
  const items: T[] = []
  for (let left = cursor.u32(); left > 0; left--) items.push(read(cursor))
  return items
}

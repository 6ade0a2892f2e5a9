import type { Buffer } from 'node:buffer'
import { newBuffer } from './binding.ts'

/** Bytes of a block. */
const BLOCK = 131_072
/** How many may be lent at a time. */
const MOST = 64

const spare: Buffer[] = []
let lent = 0

/** Memory a fast stream may read into for a while; undefined when too much is lent already. */
export function takeBlock(): Buffer | undefined {
  if (lent === MOST) return undefined
  lent++
  return spare.pop() ?? newBuffer(BLOCK)
}

/** It serves the next one; nobody reads into it or writes from it any more. */
export function giveBlock(block: Buffer): void {
  lent--
  spare.push(block)
}

/** A block that may still be read into is not used again. */
export function dropBlock(): void {
  lent--
}

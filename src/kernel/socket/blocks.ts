import type { Buffer } from 'node:buffer'
import { newBuffer } from './binding.ts'

/** A read of this size says that more comes than small reads can carry: a block is worth it. */
export const LARGE_READ = 32_768
/** Bytes of a block. */
const BLOCK = 131_072
/** Blocks kept for whoever needs one next. */
const SPARE = 64

const spare: Buffer[] = []

/** Memory of its own for a fast stream to read into. */
export function takeBlock(): Buffer {
  return spare.pop() ?? newBuffer(BLOCK)
}

/** It serves the next one; nobody reads into it or writes from it any more. */
export function giveBlock(block: Buffer): void {
  if (spare.length < SPARE) spare.push(block)
}

import { Buffer } from 'node:buffer'
import '../../../base/node-buffer.ts'
import { invalidHuffman } from './compression-error.ts'
import { CODE_LENGTHS, CODES, EOS } from './huffman-code.ts'

/** Inner nodes of the tree of all codes; of each, a decoder may wait at for the next byte. */
const STATES = 256
const ROOT = 0
/** No code is shorter, in bits: eight of them make at most two symbols, and five make eight. */
const SHORTEST = 5
/** What ends a string may be no longer than this, in bits (RFC 7541, section 5.2). */
const MOST_PADDING = 7
const COUNT_SHIFT = 16
const FAILED = 1 << 18
const STATE_SHIFT = 24

/**
 * By state and byte: the two symbols that may end in it (8 bits each), how many do (2 bits), whether
 * one was EOS (1 bit), the state behind it (8 bits).
 */
const STEPS: Uint32Array = new Uint32Array(STATES * 256)
/** States in which a string may end. */
const FINAL: Uint8Array = new Uint8Array(STATES)

buildSteps(buildTree())

/** Where strings are decoded that fit; a longer one gets memory of its own. */
const shared = Buffer.allocUnsafeSlow(16_384)

/** The text of a Huffman coded string; a `CompressionError` where it is none. */
export function decodeHuffman(bytes: Uint8Array, from: number, to: number): string {
  const most = Math.ceil(((to - from) * 8) / SHORTEST) + 1
  const out = most <= shared.length ? shared : Buffer.allocUnsafeSlow(most)
  let state = ROOT
  let all = 0
  let size = 0
  for (let at = from; at < to; at++) {
    const step = STEPS[(state << 8) | (bytes[at] as number)] as number
    // Written whether or not they are there, which costs less than to ask.
    out[size] = step
    out[size + 1] = step >>> 8
    size += (step >>> COUNT_SHIFT) & 3
    all |= step
    state = step >>> STATE_SHIFT
  }
  if ((all & FAILED) !== 0 || FINAL[state] !== 1) throw invalidHuffman()
  return out.latin1Slice(0, size)
}

/** Two children for each inner node: another inner node, or a symbol as `~symbol`. */
function buildTree(): Int32Array {
  const children = new Int32Array(STATES * 2)
  let nodes = 1
  for (let symbol = 0; symbol <= EOS; symbol++) {
    const code = CODES[symbol] as number
    let node = ROOT
    for (let left = (CODE_LENGTHS[symbol] as number) - 1; left > 0; left--) {
      const child = node * 2 + ((code >>> left) & 1)
      if (children[child] === 0) children[child] = nodes++
      node = children[child] as number
    }
    children[node * 2 + (code & 1)] = ~symbol
  }
  return children
}

function buildSteps(children: Int32Array): void {
  for (let state = 0; state < STATES; state++) {
    for (let byte = 0; byte < 256; byte++)
      STEPS[(state << 8) | byte] = stepOf(children, state, byte)
  }
  // What is begun but not ended must be the beginning of EOS, which is nothing but ones.
  let state = ROOT
  for (let bits = 0; bits <= MOST_PADDING; bits++) {
    FINAL[state] = 1
    state = children[state * 2 + 1] as number
  }
}

function stepOf(children: Int32Array, state: number, byte: number): number {
  let node = state
  let symbols = 0
  let count = 0
  let failed = 0
  for (let bit = 7; bit >= 0; bit--) {
    const child = children[node * 2 + ((byte >>> bit) & 1)] as number
    node = child < 0 ? ROOT : child
    if (child === ~EOS) failed = FAILED
    else if (child < 0) symbols |= ~child << (8 * count++)
  }
  return ((node << STATE_SHIFT) | failed | (count << COUNT_SHIFT) | symbols) >>> 0
}

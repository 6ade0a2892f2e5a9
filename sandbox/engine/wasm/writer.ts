/** An unsigned LEB128 number of at most 32 bits. */
export function leb(value: number): number[] {
  const bytes: number[] = []
  let left = value >>> 0
  while (left >= 0x80) {
    bytes.push((left & 0x7f) | 0x80)
    left >>>= 7
  }
  bytes.push(left)
  return bytes
}

/** A signed LEB128 number of 32 bits. */
export function signedLeb(value: number): number[] {
  const bytes: number[] = []
  let left = value | 0
  for (;;) {
    const low = left & 0x7f
    left >>= 7
    const isSigned = (low & 0x40) !== 0
    if (left === (isSigned ? -1 : 0)) return [...bytes, low]
    bytes.push(low | 0x80)
  }
}

/** A name or another piece with its length before it. */
export function sized(bytes: Uint8Array | readonly number[]): Uint8Array {
  return join([leb(bytes.length), bytes])
}

/** One section of a module. */
export function section(id: number, body: Uint8Array): Uint8Array {
  return join([[id], leb(body.length), body])
}

/** Pieces, one after another. */
export function join(pieces: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}

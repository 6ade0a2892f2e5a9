import { createHash } from 'node:crypto'

const SIZES = [10, 1000, 100_000, 400_000]

/** A value that says by itself whether it is whole: a digest, then what it is the digest of. */
export function patternOf(name: string, i: number): Buffer {
  const body = Buffer.alloc(SIZES[i % SIZES.length] ?? 0, `${name} ${i} `)
  return Buffer.concat([createHash('sha256').update(body).digest(), body])
}

export function isWhole(value: Buffer): boolean {
  return createHash('sha256').update(value.subarray(32)).digest().equals(value.subarray(0, 32))
}

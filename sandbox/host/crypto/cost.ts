import type { Algorithm } from './algorithm.ts'

/** What a job costs before it has seen a byte, in microseconds; a hop to a thread and back. */
const JOB = 10
/** Bytes that hashes and ciphers do in a microsecond, the slowest of them. */
const BYTES = 150
/** One iteration of PBKDF2 over one block of output. */
const ITERATION = 0.6
/** Bits of output in such a block. */
const BLOCKS: Readonly<Record<string, number>> = {
  'SHA-1': 160,
  'SHA-256': 256,
  'SHA-384': 384,
  'SHA-512': 512,
}
/** RSA, by the size of the modulus in bits: with the private key, and making one. */
const RSA: readonly (readonly [bits: number, use: number, make: number])[] = [
  [1024, 150, 30_000],
  [2048, 700, 150_000],
  [3072, 2_000, 600_000],
  [4096, 5_000, 2_000_000],
]
const CURVE: Readonly<Record<string, number>> = { 'P-256': 150, 'P-384': 1_000, 'P-521': 1_500 }
const OTHER_CURVE = 150

/** What an operation does. */
export type Work = 'bytes' | 'make' | 'derive'

/**
 * About how long a thread works on an operation, in microseconds, on a slow core: what a run pays.
 * It is known before the work, so that what is too much never starts.
 */
export function costOf(work: Work, algorithm: Algorithm, size: number): number {
  const { name, hash = 'SHA-1', iterations = 0, modulusLength, namedCurve } = algorithm
  if (name === 'PBKDF2') {
    return JOB + iterations * ITERATION * Math.max(1, Math.ceil(size / (BLOCKS[hash] ?? 1)))
  }
  const streaming = JOB + (work === 'derive' ? 0 : size / BYTES)
  if (name.startsWith('RSA')) return streaming + rsa(modulusLength, work)
  if (name.startsWith('EC')) return streaming + (CURVE[namedCurve ?? ''] ?? OTHER_CURVE)
  return name.endsWith('25519') ? streaming + OTHER_CURVE : streaming
}

function rsa(bits = 0, work: Work): number {
  const row = RSA.find(([most]) => bits <= most) ?? [0, Number.POSITIVE_INFINITY, 0]
  return work === 'make' ? row[2] : row[1]
}

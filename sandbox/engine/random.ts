import { randomFillSync } from 'node:crypto'

const pool = new Uint32Array(1024)
let next = pool.length

/** Where the seeds of guests come from: a cryptographic generator, so that no guest learns another's. */
export function randomWord(): number {
  if (next === pool.length) {
    randomFillSync(pool)
    next = 0
  }
  const word = pool[next] as number
  pool[next++] = 0
  return word
}

import { expect, test } from 'vitest'
import { randomNumbers } from '../../soak/random.ts'
import { PATIENCE, scale } from '../../soak/scale.ts'
import { inGuest, inNode } from './same.ts'

const CASES = scale(2000, 50_000)
const BATCH = 100
const SEED = Number(process.env.GATEWAY_SEED ?? 20_261_121)

/** Numbers in [0, 1). */
export type Random = () => number

/** One of a list. */
export const pick = <T>(random: Random, of: readonly T[]): T =>
  of[Math.floor(random() * of.length)] as T
/** So many of something at most. */
export const many = <T>(random: Random, most: number, make: () => T): T[] => {
  return Array.from({ length: Math.floor(random() * (most + 1)) }, make)
}

/** Expects a guest to make the same of each generated case as Node: a value, or an error's name. */
export function generated(name: string, code: string, make: (random: Random) => unknown): void {
  const together = `const results = []
    for (const value of values) {
      try { results.push(await (async () => { ${code} })()) } catch (error) { results.push('threw ' + error.name) }
    }
    return results`
  test(
    name,
    async () => {
      const random = randomNumbers(SEED)
      for (let done = 0; done < CASES; done += BATCH) {
        const cases = Array.from({ length: BATCH }, () => make(random))
        const [guest, node] = (await Promise.all([
          inGuest(together, cases),
          inNode(together, cases),
        ])) as { value: unknown[] }[]
        const told = (of: typeof guest) => cases.map((each, i) => [each, of?.value?.[i] ?? of])
        expect(told(guest)).toEqual(told(node))
      }
    },
    PATIENCE,
  )
}

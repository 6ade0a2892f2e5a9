import { FUEL_PER_MS } from '../../../sandbox/engine/limits.ts'

/** What an attack may take beyond its limit, as a ratio. */
const SLACK = 1.6
/** Others are busy, too: so often an attack may try to be quick enough. */
const TRIES = 40
/** What an empty loop takes for the fuel of a millisecond where the price of fuel was set. */
const LOOP_MS = 0.45

/** Processor time of this process that some work takes, in milliseconds. */
export async function cpuOf(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

/**
 * Runs an attack until it has been quick enough once. Returns by how much it was above what its
 * limit of milliseconds allows on this machine, or 0: fuel is work, and a slow machine is one on
 * which an empty loop is slow, too.
 */
export async function excessOf(
  limit: number,
  attack: () => Promise<unknown>,
  loop: () => Promise<{ readonly fuel: number }>,
): Promise<number> {
  let excess = Number.POSITIVE_INFINITY
  for (let each = 0; each < TRIES && excess > 0; each++) {
    let fuel = 0
    const looped = await cpuOf(async () => {
      fuel = (await loop()).fuel
    })
    const slowness = Math.max(1, (looped * FUEL_PER_MS) / fuel / LOOP_MS)
    const taken = await cpuOf(attack)
    excess = Math.min(excess, Math.max(0, taken - limit * SLACK * slowness))
  }
  return excess
}

import { expect, test } from 'vitest'
import type { Pool } from '../../../sandbox/engine/pool.ts'
import type { Slot } from '../../../sandbox/engine/slot.ts'
import { GlassPool } from './glass-pool.ts'
import { ASK, TestHost } from './harness.ts'

const RUNS = process.env.GATEWAY_SOAK ? 100_000 : 3000
const IN_FLIGHT = 24
const TENANTS = 8
const SLOTS = 3
/** Slots are searched for other tenants' canaries once in so many runs: it takes its time. */
const SEARCH_EVERY = 500

/** Leaves its canary wherever it can, and looks wherever another's could be. */
const source = (canary: string, room: number) => `
  const zeros = new Uint8Array(3000), words = new Uint32Array(64), table = new Map(), list = new Array(500).fill(0)
  let kept = ''
  handle(async (id, waits) => {
    let sum = kept.length + table.size
    for (let i = 0; i < zeros.length; i++) sum += zeros[i]
    for (let i = 0; i < words.length; i++) sum += words[i]
    for (let i = 0; i < list.length; i++) sum += list[i]
    const fresh = new Uint8Array(${room})
    for (let i = 0; i < fresh.length; i += 7) sum += fresh[i]
    if (sum !== 0) return 'dirty ' + sum
    const mine = '${canary}' + id + '-'
    kept = mine.repeat(20)
    for (let i = 0; i < zeros.length; i++) zeros[i] = mine.charCodeAt(i % mine.length)
    for (let i = 0; i < mine.length; i++) fresh[i] = mine.charCodeAt(i)
    fresh.copyWithin(fresh.length - 100, 0, mine.length)
    for (let i = 0; i < list.length; i++) list[i] = i
    table.set(mine, mine)
    for (let i = 0; i < waits; i++) {
      const back = await later(${ASK.later}, mine + i)
      if (back !== mine + i) return 'foreign ' + back
    }
    if (table.size !== 1 || kept !== mine.repeat(20)) return 'lost'
    for (let i = 0; i < zeros.length; i++) if (zeros[i] !== mine.charCodeAt(i % mine.length)) return 'overwritten'
    return mine
  })`

const canaryOf = (tenant: number) => `canary<${String.fromCharCode(65 + tenant).repeat(9)}>`

test(`${RUNS} interleaved runs of ${TENANTS} tenants never see each other's canaries`, async () => {
  const glass = new GlassPool(SLOTS)
  const { pool, slots } = glass
  const scripts = Array.from({ length: TENANTS }, (_, tenant) => {
    return glass.script({
      name: `t${tenant}`,
      source: source(canaryOf(tenant), 40_000 + 3000 * tenant),
    })
  })
  const chance = numbers(20261121)
  const waiting: (() => void)[] = []
  const bad: unknown[] = []

  async function one(id: number): Promise<void> {
    const tenant = chance(TENANTS)
    const host = new TestHost((op, a) => {
      if (op !== ASK.later) return undefined
      return new Promise((settle) => waiting.push(() => settle(a)))
    })
    const when = chance(2) === 0 ? 'now' : 'batch'
    const script = scripts[tenant] as (typeof scripts)[number]
    const result = await pool.run(script, 'fetch', [id, chance(3)], host, { when })
    if (result.verdict !== 'done' || host.body !== `${canaryOf(tenant)}${id}-`)
      bad.push([result, host.body])
  }

  const open = new Set<Promise<void>>()
  for (let id = 0; id < RUNS; id++) {
    const run = one(id).finally(() => open.delete(run))
    open.add(run)
    if (id % SEARCH_EVERY === 0) bad.push(...foreign(slots, pool))
    while (open.size >= IN_FLIGHT) {
      if (waiting.length > 0) waiting.splice(chance(waiting.length), 1)[0]?.()
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  while (open.size > 0) {
    for (const settle of waiting.splice(0)) settle()
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(bad).toEqual([])
  for (const script of scripts.slice(0, SLOTS)) {
    for (let each = 0; each < SLOTS; each++) await pool.run(script, 'fetch', [0, 0], new TestHost())
  }
  expect(slots.length).toBe(SLOTS)
}, 600_000)

/** Canaries of more than one tenant in the memory of a slot. */
function foreign(slots: readonly Slot[], pool: Pool): string[] {
  expect(pool.active).toBeLessThanOrEqual(IN_FLIGHT)
  return slots.flatMap(({ instance: { memory } }, index) => {
    const found = Array.from({ length: TENANTS }, (_, tenant) => canaryOf(tenant)).filter(
      (canary) =>
        ['latin1', 'utf16le'].some((encoding) =>
          memory.includes(canary, 0, encoding as BufferEncoding),
        ),
    )
    return found.length > 1 ? [`slot ${index} holds ${found.join()}`] : []
  })
}

/** Numbers below a limit, the same in every run of the test (a linear congruential generator). */
function numbers(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff
    return Math.floor((state / 0x8000_0000) * below)
  }
}

import { describe, expect, test } from 'vitest'
import { Differ, loadImage } from '../../../sandbox/engine/image.ts'
import {
  DEFAULT_ENGINE_LIMITS,
  DEFAULT_LIMITS,
  FUEL_PER_MS,
  type Limits,
} from '../../../sandbox/engine/limits.ts'
import { Pool } from '../../../sandbox/engine/pool.ts'
import type { Script } from '../../../sandbox/engine/script.ts'
import type { Slot } from '../../../sandbox/engine/slot.ts'
import { Workshop } from '../../../sandbox/engine/workshop.ts'
import { BOOTSTRAP } from '../engine/bootstrap.ts'
import { engineModule, limits, run, TestHost } from '../engine/harness.ts'
import { ATTACKS, type Attack } from './corpus.ts'

const workshop = new Workshop(engineModule, DEFAULT_ENGINE_LIMITS)
const differ = new Differ(
  engineModule.build.layout,
  workshop.heapStart,
  DEFAULT_ENGINE_LIMITS.memory,
)
const base = workshop.base(BOOTSTRAP)
const slots: Slot[] = []
const pool = new Pool(
  1,
  () => {
    const slot = workshop.slot()
    slots.push(slot)
    return slot
  },
  differ,
)

/** Looks at everything an attack might have changed, and says it in one text. */
const PROBE = `
  const zeros = new Uint8Array(5000), floats = new Float64Array(100), table = new Map(), list = []
  function probe() {
    let sum = 0
    for (const z of zeros) sum += z
    for (const f of floats) sum += f
    const fresh = new Uint8Array(20000)
    for (const f of fresh) sum += f
    const words = ['b', 'a', 'c'].sort().map((w) => w.toUpperCase()).join('')
    const json = JSON.stringify({ a: [1, { b: 'é' }], c: null, d: JSON.parse('{"x":[1,2]}') })
    const own = Reflect.ownKeys(globalThis).length + Reflect.ownKeys(Object.prototype).length
    class A { x = 1; get y() { return this.x + 1 } }
    const match = /(\\d+)-(?<name>[a-z]+)/u.exec('12-ab')
    const deep = (n) => (n === 0 ? 0 : 1 + deep(n - 1))
    return [sum, table.size, list.length, words, json, own, new A().y, match.groups.name, deep(100),
      [...new Set([3, 1, 3])].join(), (10n ** 20n).toString(), new Date(0).toISOString(), 0.1 + 0.2,
      typeof Error.prepareStackTrace, String(Object.getOwnPropertyDescriptor(Object.prototype, '0'))].join('|')
  }`

function scriptOf(attack: Attack): Script {
  const source = `${PROBE}; handle((a) => (a === 'probe' ? probe() : (async () => {${attack.source}})()))`
  return workshop.script(base, { name: 'attack', source }, differ)
}

const other = workshop.script(base, { name: 'other', source: `${PROBE}; handle(probe)` }, differ)
const expected = await run(pool, other, ['probe'])

/** The whole memory, as it is in an instance that never ran anything. */
function pristine(script: Script): Buffer {
  const { memory } = workshop.slot().instance
  loadImage(memory, script.image)
  return memory
}

describe.each(ATTACKS)('$verdict: $name', (attack) => {
  test('ends with its verdict, and leaves nothing', async () => {
    const script = scriptOf(attack)
    const before = await run(pool, script, ['probe'])
    expect(before).toMatchObject({ verdict: 'done', body: expected.body })
    const first = await run(pool, script, ['attack'], new TestHost(), { limits: limitsOf(attack) })
    expect(first).toMatchObject({ verdict: attack.verdict })
    expectFuel(attack, first.fuel)
    expectMemory(attack, script)
    expect(await run(pool, script, ['probe'])).toEqual(before)
    const again = await run(pool, script, ['attack'], new TestHost(), { limits: limitsOf(attack) })
    expect(again).toMatchObject({ verdict: attack.verdict, fuel: first.fuel })
    expect(await run(pool, other, ['probe'])).toEqual(expected)
    expect(pool.active).toBe(0)
  })
})

/** Memory and jobs are used up by work, for which there must be time enough. */
function limitsOf({ verdict }: Attack): Limits {
  return verdict === 'memory' || verdict === 'jobs'
    ? limits({ cpu: 500, request: 500 })
    : DEFAULT_LIMITS
}

/** The limit is met within what one bulk instruction or host call may take at once. */
function expectFuel(attack: Attack, fuel: number): void {
  const limit = limitsOf(attack).cpu * FUEL_PER_MS
  expect(fuel).toBeGreaterThan(attack.verdict === 'cpu' ? limit : 0)
  expect(fuel).toBeLessThan(limit * 1.02)
}

/** After an error all of the memory is as it was; after success that which anybody can reach. */
function expectMemory({ verdict }: Attack, script: Script): void {
  const { memory, layout, stackTop } = (slots.at(-1) as Slot).instance
  const image = pristine(script)
  const same = (from: number, to: number) => image.compare(memory, from, to, from, to) === 0
  if (verdict !== 'done') expect(same(0, memory.length)).toBe(true)
  expect(same(0, layout.staticEnd)).toBe(true)
  expect(same(stackTop, script.image.top)).toBe(true)
}

test('the corpus is as large as it is said to be', () => {
  expect(ATTACKS.length).toBeGreaterThanOrEqual(60)
  expect(new Set(ATTACKS.map(({ source }) => source)).size).toBe(ATTACKS.length)
  expect(slots.length).toBe(1)
})

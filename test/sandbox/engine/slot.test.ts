import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Differ, type Image, loadImage } from '../../../sandbox/engine/image.ts'
import { DEFAULT_ENGINE_LIMITS } from '../../../sandbox/engine/limits.ts'
import type { Slot } from '../../../sandbox/engine/slot.ts'
import { Workshop } from '../../../sandbox/engine/workshop.ts'
import { BOOTSTRAP } from './bootstrap.ts'
import { engineModule } from './harness.ts'

const workshop = new Workshop(engineModule, DEFAULT_ENGINE_LIMITS)
const { image, anchors } = workshop.base(`${BOOTSTRAP}
  const live = new Uint8Array(3000)
  globalThis.enter = (hook, size) => { live.fill(7); new Uint8Array(size).fill(7) }`)
const MEMORY = DEFAULT_ENGINE_LIMITS.memory
const nobody = { answer: () => undefined, clock: Date.now }
const FUEL = 5_000_000

function loaded(): Slot {
  const slot = workshop.slot()
  slot.load(image, anchors)
  return slot
}

function use(slot: Slot, size: number, after: () => void = () => {}) {
  return slot.turn(nobody, FUEL, (guest) => {
    guest.release(guest.settled(guest.call('enter', [guest.write('x'), guest.write(size)])))
    after()
  })
}

/** Where the memory of a slot differs from that of an instance that never ran anything. */
function differences({ instance: { memory } }: Slot): number {
  const pristine = workshop.slot().instance.memory
  loadImage(pristine, image)
  return pristine.equals(memory) ? 0 : 1
}

test('what may be read again is restored, live zeros included', () => {
  const slot = loaded()
  expect(use(slot, 1000).stopped).toBeUndefined()
  expect(slot.isSound).toBe(true)
  slot.load(image, anchors)
  const { memory, stackTop, layout } = slot.instance
  const pristine = Buffer.alloc(memory.length)
  loadImage(pristine, image)
  const same = (from: number, to: number) => pristine.compare(memory, from, to, from, to) === 0
  expect(same(stackTop, image.top) && same(layout.constantEnd, layout.staticEnd)).toBe(true)
})

test('whatever the guest and the host do, every byte of it is marked', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(20_000), { maxLength: 5 }),
      fc.string({ unit: 'binary' }),
      (sizes, text) => {
        const slot = loaded()
        const { instance } = slot
        const before = Buffer.from(instance.memory)
        slot.turn(nobody, FUEL, (guest) => {
          for (const size of sizes) {
            guest.release(
              guest.settled(guest.call('enter', [guest.write(text), guest.write(size)])),
            )
            guest.release(guest.write(new Uint8Array(size).fill(9)))
            guest.release(guest.write(text.repeat(size % 50)))
          }
          guest.release(guest.evaluate('new Date(0).toString() + Math.random()', 'date'))
          guest.makeError('TypeError', text)
        })
        slot.load(image, anchors)
        const { layout, stackTop } = instance
        const heap = before.compare(instance.memory, stackTop, instance.memory.length, stackTop)
        const fixed = before.compare(
          instance.memory,
          layout.constantEnd,
          layout.staticEnd,
          layout.constantEnd,
          layout.staticEnd,
        )
        expect([heap, fixed]).toEqual([0, 0])
      },
    ),
    { numRuns: 30 },
  )
}, 60_000)

test('after an error all memory is as in an instance that never ran', () => {
  const slot = loaded()
  use(slot, 100_000)
  expect(use(slot, -1).stopped?.verdict).toBe('error')
  const { instance } = slot
  slot.load(image, anchors)
  expect(slot.instance).toBe(instance)
  expect(differences(slot)).toBe(0)
})

test('after a trap the instance is made anew', () => {
  const slot = loaded()
  const { instance } = slot
  const trap = () => {
    throw new WebAssembly.RuntimeError('unreachable')
  }
  expect(use(slot, 1000, trap).stopped?.verdict).toBe('trap')
  slot.load(image, anchors)
  expect(slot.instance).not.toBe(instance)
  expect(differences(slot)).toBe(0)
})

test('when it has grown too much the instance is made anew', () => {
  const slot = loaded()
  const { instance } = slot
  expect(use(slot, 12_000_000).stopped).toBeUndefined()
  expect(slot.isSound).toBe(false)
  slot.load(image, anchors)
  expect(slot.instance).not.toBe(instance)
  expect(differences(slot)).toBe(0)
})

test('for another base all that the first one left is wiped', () => {
  const slot = loaded()
  use(slot, 1_000_000)
  const other = workshop.base(BOOTSTRAP)
  slot.load(other.image, other.anchors)
  const pristine = workshop.slot().instance.memory
  loadImage(pristine, other.image)
  expect(pristine.equals(slot.instance.memory)).toBe(true)
})

describe('handed over to another script of the base', () => {
  const differ = new Differ(engineModule.build.layout, workshop.heapStart, MEMORY)
  const base = { image, anchors }
  const scripts = [
    '1',
    'globalThis.own = new Uint8Array(3000).fill(1)',
    'globalThis.own = Array.from({ length: 9000 }, (_, i) => ({ i })); live.fill(4)',
  ].map((source, i) => workshop.script(base, { name: `s${i}`, source }, differ))
  const images = [image, ...scripts.map((script) => script.image)]
  const pristine = images.map((each) => {
    const { memory } = workshop.slot().instance
    loadImage(memory, each)
    return Buffer.from(memory)
  })
  const slot = loaded()
  let held = 0

  test('all memory is as in an instance that never held another', () => {
    const work = fc.record({
      // The same one's own stack is left to it.
      on: fc.integer({ min: 1, max: images.length - 1 }),
      size: fc.nat(100_000),
      text: fc.string({ unit: 'binary' }),
    })
    fc.assert(
      fc.property(fc.array(work, { minLength: 1, maxLength: 6 }), (works) => {
        for (const { on, size, text } of works) {
          slot.turn(nobody, FUEL, (guest) => {
            guest.release(
              guest.settled(guest.call('enter', [guest.write(text), guest.write(size)])),
            )
            guest.release(guest.write(new Uint8Array(size).fill(9)))
            guest.release(guest.write(text.repeat(size % 50)))
            guest.release(guest.evaluate('[].concat(live).sort()', 'stack'))
          })
          held = (held + on) % images.length
          slot.load(images[held] as Image, anchors)
          expect(pristine[held]?.equals(slot.instance.memory)).toBe(true)
        }
      }),
      { numRuns: 30 },
    )
  }, 60_000)

  test('what was written to where no guest ever is, too', () => {
    const { instance } = slot
    const { memory, marks, ownEnd, stackTop } = instance
    const places = [0, 2000, engineModule.build.layout.constantEnd - 1, ownEnd, stackTop - 1]
    for (const at of [...places, memory.length - 1]) {
      slot.load(images[1] as Image, anchors)
      memory[at] = 9
      marks.wrote(at, 1)
      slot.load(images[1] as Image, anchors)
      slot.load(images[2] as Image, anchors)
      expect(pristine[2]?.equals(memory), `${at}`).toBe(true)
    }
    expect(slot.instance).toBe(instance)
  })
})

test('nothing of a large image is left in an instance made anew when a smaller one comes', () => {
  const slot = workshop.slot()
  const large = workshop.base(`${BOOTSTRAP}; globalThis.all = new Uint8Array(1000000).fill(165)`)
  slot.load(large.image, large.anchors)
  slot.turn(nobody, FUEL, () => {
    throw new WebAssembly.RuntimeError('unreachable')
  })
  slot.load(large.image, large.anchors)
  slot.load(image, anchors)
  expect(differences(slot)).toBe(0)
})

test('constants that something has overwritten are written again', () => {
  const slot = loaded()
  use(slot, -1)
  slot.instance.memory.fill(9, 2000, 3000)
  slot.load(image, anchors)
  expect(differences(slot)).toBe(0)
})

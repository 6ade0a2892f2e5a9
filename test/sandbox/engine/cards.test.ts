import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bellard } from '../../../sandbox/engine/builds/bellard.ts'
import { CARD, cardsBehind, Marks, PAGE, restoreIn } from '../../../sandbox/engine/cards.ts'
import type { Image } from '../../../sandbox/engine/image.ts'
import { Original } from '../../../sandbox/engine/original.ts'
import { restorer } from '../../../sandbox/engine/wasm/restorer.ts'

const MEMORY = 4 << 20
const CARDS = MEMORY / CARD
const cards = cardsBehind(MEMORY)
const module = new WebAssembly.Module(restorer(cards, MEMORY))

/** A memory full of nines, and behind it an original full of ones. */
function setUp() {
  const pages = MEMORY / PAGE + cards.pages
  const { buffer, ...rest } = memoryOf(pages)
  const memory = Buffer.from(buffer, 0, MEMORY).fill(9)
  const original = Buffer.from(buffer, MEMORY, MEMORY).fill(1)
  const marks = new Marks(buffer, cards, restoreIn(rest.memory, module))
  return { memory, original, marks, all: Buffer.from(buffer) }
}

function memoryOf(pages: number) {
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages })
  return { memory, buffer: memory.buffer as ArrayBuffer }
}

const [NINES, ONES] = [Buffer.alloc(CARD, 9), Buffer.alloc(CARD, 1)]

/** The cards that are like the original; the others are as they were. */
function restored(memory: Buffer): number[] {
  const like = (card: number, bytes: Buffer) =>
    memory.compare(bytes, 0, CARD, card * CARD, (card + 1) * CARD) === 0
  const found = Array.from({ length: CARDS }, (_, card) => card).filter(
    (card) => !like(card, NINES),
  )
  expect(found.every((card) => like(card, ONES))).toBe(true)
  return found
}

describe('restoring', () => {
  test('what is marked becomes like the original, all of it, and nothing else', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(CARDS - 1), { maxLength: 40 }), (written) => {
        const { marks, memory, original } = setUp()
        for (const card of written) marks.wrote(card * CARD + 7, 1)
        marks.restoreAll()
        expect(restored(memory)).toEqual(written.toSorted((a, b) => a - b))
        expect(original.equals(Buffer.alloc(MEMORY, 1))).toBe(true)
      }),
      { numRuns: 30 },
    )
  })

  test('a mark is used once', () => {
    const { all, marks, memory } = setUp()
    const places = [0, 1, 15, 16, 63, 64, 127, CARDS - 1]
    for (const card of places) marks.wrote(card * CARD, 1)
    marks.restoreAll()
    memory.fill(9)
    marks.restoreAll()
    expect(restored(memory)).toEqual([])
    expect(all.subarray(2 * MEMORY).some((byte) => byte !== 0)).toBe(false)
  })

  test('of a range its own cards are restored, and none far from it', () => {
    const { marks, memory } = setUp()
    marks.wrote(0, MEMORY)
    marks.restore(1000 * CARD + 5, 1100 * CARD + 5)
    const found = restored(memory)
    expect([found.includes(1000), found.includes(1100)]).toEqual([true, true])
    expect(found[0]).toBeGreaterThan(1000 - 64)
    expect(found.at(-1)).toBeLessThan(1100 + 64)
  })

  test('every byte that the host has written to is marked', () => {
    fc.assert(
      fc.property(fc.nat(MEMORY - 1), fc.integer({ min: 1, max: 5 * CARD }), (at, length) => {
        const { marks, memory } = setUp()
        const end = Math.min(at + length, MEMORY)
        marks.wrote(at, end - at)
        marks.restoreAll()
        const found = restored(memory)
        expect(found[0]).toBe(Math.floor(at / CARD))
        expect(found.at(-1)).toBe(Math.floor((end - 1) / CARD))
      }),
      { numRuns: 30 },
    )
  })

  test('the marks are the last bytes there are, and the original is before them', () => {
    for (const size of [16 << 20, 17 << 20, 32 << 20, 256 << 20]) {
      const { at, pages, shift } = cardsBehind(size)
      expect(at + (size >> shift)).toBe(size + pages * PAGE)
      expect(at).toBeGreaterThanOrEqual(2 * size)
    }
  })
})

describe('an original', () => {
  const { constantEnd, staticEnd } = bellard.layout
  const HEAP = 800 * CARD
  const image = (under: Image | undefined, top: number, pieces: [number, string][]): Image => {
    return {
      under,
      top,
      pieces: pieces.map(([at, text]) => ({ at, bytes: Buffer.from(text) })),
      size: 0,
    }
  }
  const base = image(undefined, HEAP + 1024, [
    [constantEnd, 's'.repeat(staticEnd - constantEnd)],
    [HEAP, 'h'.repeat(1024)],
  ])
  const other = image(undefined, HEAP + 512, [
    [constantEnd, 'S'.repeat(staticEnd - constantEnd)],
    [HEAP, 'H'.repeat(512)],
  ])
  const one = image(base, HEAP + 2048, [
    [constantEnd + 8, 'oneS'],
    [HEAP + 16, 'oneH'],
    [HEAP + 1020, 'over the top'],
  ])
  const two = image(base, HEAP + 1024, [[HEAP + 20, 'two!']])
  const waiting = image(one, HEAP + 3072, [
    [HEAP + 16, 'wait'],
    [HEAP + 2100, 'high'],
  ])
  const images = [base, other, one, two, waiting]

  /** What an image is, laid out by hand. */
  function laidOut({ pieces, under }: Image): Buffer {
    const bytes = under ? laidOut(under) : Buffer.alloc(MEMORY).fill('c', 0, constantEnd)
    for (const piece of pieces) bytes.set(piece.bytes, piece.at)
    return bytes
  }

  test('is the image it was last made, whatever it was before', () => {
    const { marks, memory, original: bytes } = setUp()
    bytes.fill(0)
    const original = new Original(bytes, marks, Buffer.alloc(constantEnd, 'c'))
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...images), { minLength: 1 }), (order) => {
        for (const each of order) {
          const change = original.become(each)
          expect(original.image).toBe(each)
          expect(bytes.equals(laidOut(each))).toBe(true)
          // What is like the one before is like this one when what is marked is restored.
          if (change === 'replaced') bytes.copy(memory)
          marks.restoreAll()
          expect(memory.equals(bytes)).toBe(true)
        }
      }),
      { numRuns: 50 },
    )
  })
})

test('what is compared word by word begins and ends with a word', () => {
  const { constantEnd, staticEnd } = bellard.layout
  expect([constantEnd % 4, staticEnd % 4]).toEqual([0, 0])
})

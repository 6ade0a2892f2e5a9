import { expect, test } from 'vitest'
import { bellard } from '../../../sandbox/engine/builds/bellard.ts'
import { CARD, cardsBehind, cardsOf, Marks } from '../../../sandbox/engine/cards.ts'
import type { Image } from '../../../sandbox/engine/image.ts'

const MEMORY = 1 << 20
const HEAP = 400 * CARD
const { layout } = bellard

/** A memory with marks behind it, and an image of static data and two cards of heap. */
function setUp() {
  const cards = cardsBehind(MEMORY)
  const buffer = new ArrayBuffer(MEMORY + cards.pages * 65_536)
  const memory = new Uint8Array(buffer, 0, MEMORY)
  const base: Image = {
    under: undefined,
    top: HEAP + 2 * CARD,
    pieces: [
      {
        at: layout.constantEnd,
        bytes: new Uint8Array(layout.staticEnd - layout.constantEnd).fill(1),
      },
      { at: HEAP, bytes: new Uint8Array(2 * CARD).fill(2) },
    ],
    size: 0,
  }
  return { memory, marks: new Marks(buffer, cards), base }
}

test('what is marked is restored, and nothing else', () => {
  const { base, marks, memory } = setUp()
  memory.fill(9)
  marks.wrote(HEAP + 5, 1)
  marks.wrote(base.top + CARD, 2 * CARD)
  marks.restore(memory, cardsOf(base, layout, HEAP), MEMORY)
  expect(memory[HEAP]).toBe(2)
  expect(memory[HEAP + CARD]).toBe(9)
  expect(memory[base.top]).toBe(9)
  expect(memory.subarray(base.top + CARD, base.top + 3 * CARD).every((byte) => byte === 0)).toBe(
    true,
  )
  expect(memory[base.top + 3 * CARD]).toBe(9)
})

test('what is compared word by word begins and ends with a word', () => {
  expect([layout.constantEnd % 4, layout.staticEnd % 4]).toEqual([0, 0])
})

test('a mark is used once', () => {
  const { base, marks, memory } = setUp()
  const cards = cardsOf(base, layout, HEAP)
  marks.wrote(HEAP, 1)
  marks.restore(memory, cards, MEMORY)
  memory[HEAP] = 9
  marks.restore(memory, cards, MEMORY)
  expect(memory[HEAP]).toBe(9)
})

test('all marks are taken, wherever they are, once', () => {
  const { marks, memory } = setUp()
  const last = memory.length / CARD - 1
  const written = [0, 1, 63, 64, 130, 131, 700, last]
  for (const card of written) marks.wrote(card * CARD + 7, 1)
  const taken: number[] = []
  const take = () => marks.takeAll((card) => void taken.push(card))
  take()
  take()
  expect(taken).toEqual(written)
})

test('constants, the stack and memory of ours are left alone', () => {
  const { base, marks, memory } = setUp()
  memory.fill(9)
  marks.wrote(0, HEAP)
  marks.restore(memory, cardsOf(base, layout, HEAP), MEMORY)
  const { constantEnd, staticEnd } = layout
  expect(memory.subarray(0, constantEnd).every((byte) => byte === 9)).toBe(true)
  expect(memory.subarray(constantEnd, staticEnd).every((byte) => byte === 1)).toBe(true)
  expect(memory.subarray(staticEnd, HEAP).every((byte) => byte === 9)).toBe(true)
})

test('an image shares what it has like the one under it, and makes the rest when it is restored', () => {
  const { base, marks, memory } = setUp()
  const bytes = new Uint8Array(10).fill(7)
  const image: Image = { under: base, top: base.top, pieces: [{ at: HEAP + 4, bytes }], size: 10 }
  const [own, under] = [cardsOf(image, layout, HEAP), cardsOf(base, layout, HEAP)]
  expect(own.pages.filter((page, i) => page !== under.pages[i])).toHaveLength(1)
  const made = () => own.pages.flat().filter((piece) => piece && piece.at >= HEAP).length
  expect(made()).toBe(1)
  memory.fill(9)
  marks.wrote(HEAP, 2 * CARD)
  marks.restore(memory, own, MEMORY)
  expect(made()).toBe(2)
  expect([...memory.subarray(HEAP, HEAP + 4)]).toEqual([2, 2, 2, 2])
  expect(memory.subarray(HEAP + 4, HEAP + 14)).toEqual(bytes)
  expect(memory.subarray(HEAP + 14, HEAP + 2 * CARD).every((byte) => byte === 2)).toBe(true)
})

test('an image on an image on another one has the cards of all three', () => {
  const { base, marks, memory } = setUp()
  const over = (under: Image, at: number, fill: number, top = base.top): Image => {
    return { under, top, pieces: [{ at, bytes: new Uint8Array(4).fill(fill) }], size: 4 }
  }
  const top = over(over(base, HEAP + 8, 5), HEAP + 16, 6, base.top + CARD)
  memory.fill(9)
  marks.wrote(HEAP, 3 * CARD)
  marks.restore(memory, cardsOf(top, layout, HEAP), MEMORY)
  const [low, high] = [memory.subarray(HEAP, HEAP + 20), memory.subarray(base.top, base.top + CARD)]
  expect([...low].join('')).toBe('22222222555522226666')
  expect(high.every((byte) => byte === 0)).toBe(true)
})

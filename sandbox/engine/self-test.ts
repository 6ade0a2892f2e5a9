import type { Crossing } from '../border/crossing.ts'
import { selfTestFailed } from './errors.ts'
import type { Guest } from './guest.ts'
import { ROPE_TAG } from './guest-text.ts'
import type { Slot } from './slot.ts'
import type { BaseImage, Workshop } from './workshop.ts'

/**
 * Tries everything we assume about the engine's memory, so that a build that differs from its
 * description is refused at start instead of going wrong later.
 */
export function selfTest(workshop: Workshop): void {
  const base = workshop.base(BOOTSTRAP)
  const slot = workshop.slot()
  slot.load(base.image, base.anchors)
  testStack(slot)
  testHeap(slot)
  testCrossings(slot)
  testRandom(slot)
  testSource(slot)
  testFuel(slot)
  testRestore(slot, base)
}

const BOOTSTRAP = `
  const rope = 'x'.repeat(9000) + 'y'.repeat(600)
  const hooks = {
    echo: (value) => value,
    rope: () => 'x'.repeat(9000) + 'y'.repeat(600),
    slice: () => rope.slice(7, 9300),
    random: () => Math.random(),
    words: () => new Uint16Array(4),
    text: () => String(hooks.echo),
    line: () => new Error().stack,
    spin: () => { for (;;); },
    keep: () => { globalThis.kept = [new Uint8Array(70000).fill(1), Math.random(), 'kept' + 1] },
  }
  globalThis.enter = (hook, value) => hooks[hook](value)
  globalThis.settle = globalThis.load = () => {}`

const FUEL = 1_000_000

function test(what: string, holds: boolean): void {
  if (!holds) throw selfTestFailed(what)
}

/** Calls a hook and looks at what it returns. */
function call<T>(
  slot: Slot,
  hook: string,
  value: Crossing,
  look: (guest: Guest, box: number) => T,
): T {
  let seen: { value: T } | undefined
  const { stopped, cause } = slot.turn(NOBODY, FUEL, (guest) => {
    const box = guest.settled(guest.call('enter', [guest.write(hook), guest.write(value)]))
    seen = { value: look(guest, box) }
    guest.release(box)
  })
  if (!seen) throw selfTestFailed(`${hook} ended with ${cause ?? stopped?.verdict}`)
  return seen.value
}

const read = (guest: Guest, box: number) => guest.read(box)

const NOBODY = { answer: () => undefined, clock: Date.now }

/** What quickjs-emscripten's builds give C's stack. */
const C_STACK = 5 << 20

function testStack({ instance, guest }: Slot): void {
  const { layout, stackTop, memory } = instance
  const { runtime, context } = guest.anchors
  const heap = [runtime, context]
  test('the stack begins where static data ends', stackTop - layout.staticEnd === C_STACK)
  test(
    'the heap lies above the stack',
    heap.every((at) => at > stackTop && at < memory.length),
  )
  test('the stack is empty between calls', instance.stackUsed === 0)
}

const MEGABYTE = 1 << 20

function testHeap({ instance, guest }: Slot): void {
  const before = instance.heapEnd
  const rest = instance.heapRest
  const at = guest.allocate(MEGABYTE)
  test('what no hole has room for comes from the unused rest', at > rest && at - rest <= 16)
  const grown = instance.heapEnd - before
  test('the heap ends where it is said to', grown >= MEGABYTE - (1 << 16) && grown <= 2 * MEGABYTE)
  test('its unused rest starts behind it', instance.heapRest >= at + MEGABYTE)
  test('the heap holds what is allocated', at + MEGABYTE <= instance.heapEnd)
  instance.calls.free(at)
}

const CROSSINGS: readonly Crossing[] = [
  ...[undefined, 0, -1, 2 ** 31 - 1, -(2 ** 31), 2 ** 31, 1.5, -0, Number.NaN, 1e300],
  ...[Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.MIN_VALUE],
  ...['', 'a', '\0', 'é', 'plain', 'a\0b', 'caf\u00e9', '\u4e00', '\ud800', '\0\ud83d\ude00'],
  ...['x'.repeat(20_000), '\u00ff'.repeat(20_000), '\u4e00'.repeat(20_000)],
  ...[new Uint8Array(0), Uint8Array.of(0, 1, 255), new Uint8Array(20_000).fill(7)],
]

function testCrossings(slot: Slot): void {
  for (const value of CROSSINGS) {
    test(`${describe(value)} crosses`, same(call(slot, 'echo', value, read), value))
  }
  const rope = 'x'.repeat(9000) + 'y'.repeat(600)
  test(
    'ropes are ropes',
    call(slot, 'rope', undefined, (guest, box) => guest.tagOf(box)) === ROPE_TAG,
  )
  test('ropes cross', call(slot, 'rope', undefined, read) === rope)
  test('slices cross', call(slot, 'slice', undefined, read) === rope.slice(7, 9300))
  const crosses = call(slot, 'words', undefined, (guest, box) => guest.crosses(box))
  test('other arrays do not cross', !crosses)
}

function describe(value: Crossing): string {
  return `${typeof value} ${String(value).slice(0, 8)}`
}

function same(a: Crossing, b: Crossing): boolean {
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b) === 0
  return Object.is(a, b)
}

const SEED = 0x0123_4567_89ab_cdefn

function testRandom(slot: Slot): void {
  const { words, layout } = slot.instance
  const state = (slot.guest.anchors.context + layout.random) >> 2
  words[state] = Number(SEED & 0xffff_ffffn)
  words[state + 1] = Number(SEED >> 32n)
  test(
    'Math.random has its state where it is said to',
    call(slot, 'random', undefined, read) === xorshift(SEED),
  )
}

/** The first number of xorshift64*, which is what Math.random gives. */
function xorshift(seed: bigint): number {
  let x = seed
  x ^= x >> 12n
  x = BigInt.asUintN(64, x ^ (x << 25n))
  x ^= x >> 27n
  const mixed = BigInt.asUintN(64, x * 0x2545_f491_4f6c_dd1dn)
  return Number(mixed >> 12n) / 2 ** 52
}

function testSource(slot: Slot): void {
  test('functions of the bootstrap have no text', !`${call(slot, 'text', 0, read)}`.includes('=>'))
  test('they have lines', `${call(slot, 'line', 0, read)}`.includes('bootstrap:10'))
}

function testFuel(slot: Slot): void {
  const spin = (guest: Guest) => guest.call('enter', [guest.write('spin')])
  const { stopped, fuel } = slot.turn(NOBODY, FUEL, spin)
  test('fuel ends a loop', stopped?.verdict === 'cpu' && fuel === FUEL + 1)
}

function testRestore(slot: Slot, { image, anchors }: BaseImage): void {
  const { memory, layout, stackTop, ownEnd } = slot.instance
  const { constantEnd, staticEnd } = layout
  slot.load(image, anchors)
  const before = Buffer.from(memory.subarray(0, image.top))
  const same = (from: number, to: number) => before.compare(memory, from, to, from, to) === 0
  const unused = memory.subarray(ownEnd, stackTop)
  test('nothing lies between static data and stack', Buffer.alloc(unused.length).equals(unused))
  call(slot, 'keep', undefined, () => undefined)
  test('constants are constant', same(0, constantEnd))
  test('the heap is used', !same(stackTop, image.top))
  slot.load(image, anchors)
  test('an image is restored', same(0, staticEnd) && same(stackTop, image.top))
}

import { expect, test } from 'vitest'
import { fillHoles } from '../../../sandbox/engine/heap-holes.ts'
import { Instance } from '../../../sandbox/engine/instance.ts'
import { engineModule } from './harness.ts'

/** An engine with holes of many sizes in its heap. */
function withHoles(): Instance {
  const instance = new Instance(engineModule, {
    burnt: () => {},
    memoryRefused: () => {},
    hostCall: () => 0,
    now: () => 0,
  })
  const { calls, memory } = instance
  calls.start()
  calls.QTS_NewContext(calls.QTS_NewRuntime(), 0)
  const sizes = Array.from({ length: 400 }, (_, i) => 8 + ((i * 7919) % 3000))
  const chunks = [...sizes, 200_000, 8].map((size) => {
    const at = calls.malloc(size)
    memory.fill(0xaa, at, at + size)
    return at
  })
  for (const [index, at] of chunks.entries()) if (index % 2 === 0) calls.free(at)
  return instance
}

test('what is allocated after holes are filled lies in one row at the end', () => {
  const instance = withHoles()
  fillHoles(instance)
  const end = instance.heapRest
  const chunks = [16, 500, 8, 3000, 40].map((size) => instance.calls.malloc(size))
  expect(chunks.every((at) => at > end)).toBe(true)
  expect(chunks).toEqual(chunks.toSorted((a, b) => a - b))
})

test('the heap does not grow by it, and what it has not used holds nothing', () => {
  const instance = withHoles()
  const { heapEnd } = instance
  fillHoles(instance)
  expect(instance.heapEnd).toBe(heapEnd)
  const rest = instance.memory.subarray(instance.heapRest + 8, heapEnd - 64)
  expect(rest.every((byte) => byte === 0)).toBe(true)
})

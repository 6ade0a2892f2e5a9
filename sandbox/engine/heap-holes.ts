import type { Instance } from './instance.ts'

/** Holes are taken largest first; one of this many bytes or more is left to whoever needs it. */
const LARGEST = 1 << 16
const SMALLEST = 8

/** A heap in more pieces than this stays as it is. */
const MOST = 50_000

/**
 * Takes what was freed on a heap whose image is about to be kept. What a run allocates lies in one
 * row then, above everything else, instead of in the holes that compiling has left all over: the
 * fewer places it writes to, the faster they are restored.
 */
export function fillHoles({ calls, memory, marks }: Instance): void {
  const last = calls.malloc(LARGEST)
  calls.free(last)
  let left = MOST
  for (let size = LARGEST; size >= SMALLEST; size >>= 1) {
    for (; left > 0; left--) {
      const at = calls.malloc(size)
      // Without any hole of that size it is the memory above.
      if (at === 0 || at >= last) {
        calls.free(at)
        break
      }
      memory.fill(0, at, at + size)
      marks.wrote(at, size)
    }
  }
}

import { readdirSync } from 'node:fs'
import { setPriority } from 'node:os'

/** How much a thread stands back behind the event loop, where they share a processor. */
const NICENESS = 10

/** The threads that this starts stand back from their first moment on, which is 50 ms of theirs. */
export function standingBack<T>(start: () => T): T {
  const before = new Set(threadIds())
  const started = start()
  for (const id of threadIds()) if (!before.has(id)) standBack(Number(id))
  return started
}

/** Only Linux has a priority for each thread, and shows which there are. */
function threadIds(): readonly string[] {
  try {
    return readdirSync('/proc/self/task')
  } catch {
    return []
  }
}

function standBack(id: number): void {
  try {
    setPriority(id, NICENESS)
  } catch {
    // It has ended, or may not: it works without.
  }
}

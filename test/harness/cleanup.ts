import { afterAll, onTestFinished } from 'vitest'

type Release = () => void | Promise<void>

const held: Release[] = []

/**
 * Releases something when the running test is over, whatever its result; what was opened outside
 * a test is released after the file's last one. Latest first. A failing release fails the test.
 */
export function onCleanup(release: Release): void {
  let done = false
  const once = async () => {
    if (done) return
    done = true
    await release()
  }
  try {
    onTestFinished(once, 60_000)
  } catch {
    held.push(once)
  }
}

afterAll(async () => {
  const failures: unknown[] = []
  for (const release of held.splice(0).reverse()) {
    await Promise.resolve(release()).catch((error: unknown) => failures.push(error))
  }
  if (failures.length === 1) throw failures[0]
  if (failures.length > 1) throw new AggregateError(failures, failures.map(String).join('\n'))
}, 60_000)

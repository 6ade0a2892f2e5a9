import { notA } from './errors.ts'
import { reportError } from './report.ts'

const turn = Promise.resolve()

/** Calls `callback` once what runs now has ended. */
export function queueMicrotask(callback: () => void): void {
  if (typeof callback !== 'function') throw notA('function')
  void run(callback)
}

async function run(callback: () => void): Promise<void> {
  await turn
  try {
    callback()
  } catch (error) {
    reportError(error)
  }
}

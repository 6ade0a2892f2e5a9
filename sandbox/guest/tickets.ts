import type { Crossing } from '../border/crossing.ts'
import { CODES, DOMException } from './dom-exception.ts'
import { mapDelete, mapGet, mapSet, PlainMap, PlainPromise } from './primordials.ts'

/** What becomes of a ticket. */
interface Waiting {
  resolve(value: Crossing): void
  reject(error: unknown): void
}

const table = new PlainMap<number, Waiting>()

/** Calls `waiting` once the host settles `ticket`. */
export function onSettled(ticket: number, waiting: Waiting): void {
  mapSet(table, ticket, waiting)
}

/** Forgets a ticket: what the host says of it is ignored. */
export function forget(ticket: number): boolean {
  return mapDelete(table, ticket)
}

/** The answer of an op that may come later; `answer` is what the op returned. */
export function later<T extends Crossing>(answer: Crossing): Promise<T> {
  return new PlainPromise((resolve, reject) => {
    if (typeof answer === 'number') onSettled(answer, { resolve, reject } as Waiting)
    else resolve(answer as T)
  })
}

/**
 * What `ask` is answered, now or later, made into something else. One promise and no more: each
 * costs a job. What either function throws is a rejection.
 */
export function laterAs<T extends Crossing, Made>(
  ask: () => Crossing,
  make: (value: T) => Made,
): Promise<Made> {
  return new PlainPromise((resolve, reject) => {
    const answer = ask()
    if (typeof answer !== 'number') {
      resolve(make(answer as T))
      return
    }
    onSettled(answer, {
      resolve(value) {
        try {
          resolve(make(value as T))
        } catch (error) {
          reject(error)
        }
      },
      reject,
    })
  })
}

/** Settles a batch: ticket, 1 or 0, value or error, and the next. */
export function settle(...batch: unknown[]): void {
  for (let i = 0; i + 2 < batch.length; i += 3) {
    const waiting = mapGet(table, batch[i] as number)
    if (!waiting) continue
    mapDelete(table, batch[i] as number)
    if (batch[i + 1]) waiting.resolve(batch[i + 2] as Crossing)
    else waiting.reject(asDomError(batch[i + 2] as Error))
  }
}

/** A refusal whose name is none of the language's is one of the DOM's. */
export function asDomError(error: Error): Error {
  const { name, message } = error
  return name in CODES ? new DOMException(message, name) : error
}

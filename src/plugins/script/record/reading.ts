import type { Entry } from 'gateway/plugin'
import type { Crossing, GuestHost } from '../../../../sandbox/border/crossing.ts'
import { Op } from '../../../../sandbox/border/ops.ts'
import { COMPILE_LIMITS } from '../../../../sandbox/engine/limits.ts'
import type { RunResult } from '../../../../sandbox/engine/verdict.ts'
import { LoadingHost } from '../../../../sandbox/host/loading-host.ts'
import { askNow } from './ask-now.ts'
import { EntryOps } from './entry-ops.ts'
import { Occurrences } from './occurrences.ts'
import { recordNotLoaded, recordStopped } from './record-error.ts'
import type { Image } from './record-image.ts'

/**
 * Lets a record read the last of these occurrences, after those before it: what is wrong with it is
 * thrown, and the variables it defines are there from now on. Tells whether the value that it comes
 * to is the initial one.
 */
export function readIn(plain: Image, word: string, entries: readonly Entry[]): 'initial' | 'other' {
  const occurrences = new Occurrences({ [word]: entries })
  const image = onDemand(() => {
    const given = { kind: 'definition', entries: occurrences.given } as const
    return plain.source.load({ given, entries: EntryOps.again(occurrences) })
  })
  const ops = EntryOps.first(occurrences, (name) => (x) => {
    return askNow(x, image(), 'definition', name) ?? ''
  })
  const found = runReading(plain, ops, JSON.stringify({ word, entries: occurrences.given[word] }))
  // Evaluated now, so that a request need not wait for it, nor find out that it fails.
  if (ops.defines) image()
  return found === 'initial' ? found : 'other'
}

function runReading({ script, source }: Image, ops: EntryOps, detail: string): Crossing {
  const { deployment } = source
  const host = new ReadingHost(deployment.part, ops)
  const options = { limits: COMPILE_LIMITS }
  const result = deployment.pool.run(script, 'record', ['read', detail], host, options)
  // It has no tickets: there is nothing that it could wait for.
  const { cause, error, verdict } = result as RunResult
  if (verdict === 'host') throw cause
  if (!error) {
    if (verdict !== 'done') throw recordStopped(verdict)
    return host.value
  }
  const shown = { message: `${error.name}: ${error.message}`, guestStack: error.stack }
  throw recordNotLoaded(shown, (stack) => deployment.inSource(stack))
}

/** Answers a record that reads directives as one that is loaded, and takes what it found. */
class ReadingHost implements GuestHost {
  value: Crossing
  readonly #host: LoadingHost

  constructor(part: (name: string) => string, ops: EntryOps) {
    this.#host = new LoadingHost({ part, record: (op, a, b, c) => ops.call(op, a, b, c) })
  }

  call(op: number, a: Crossing, b: Crossing, c: Crossing): Crossing {
    if (op !== Op.value) return this.#host.call(op, a, b, c)
    this.value = a
    return undefined
  }
}

function onDemand<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

import type { ReadableByteStreamController, UnderlyingByteSource } from 'web-streams-polyfill'
import { BodyOp, HtmlOp } from '../border/ops.ts'
import { allOf, type BodySource } from './body.ts'
import { bytesOf } from './bytes.ts'
import { host } from './host.ts'
import { HandlerCalls, type Handlers, type Selected, specOf } from './html-handlers.ts'
import { parseJson, writeJson } from './primordials.ts'
import { isReadable } from './streams.ts'
import { later } from './tickets.ts'

/** Where a document comes from, piece by piece. */
interface Pieces {
  read(): Promise<Uint8Array | undefined>
  cancel(reason: unknown): void
}

/** One document on its way through a rewriter of the host: read as fast as what comes of it. */
export class Rewriting implements UnderlyingByteSource {
  readonly type = 'bytes'
  readonly #pieces: Pieces
  readonly #id: number
  readonly #calls: HandlerCalls
  #isWhole = false

  constructor(source: BodySource, selected: readonly Selected[], document: readonly Handlers[]) {
    this.#id = host(HtmlOp.open, writeJson(specOf(selected, document))) as number
    this.#calls = new HandlerCalls(this.#id, selected, document)
    this.#pieces = piecesOf(source)
  }

  async pull(controller: ReadableByteStreamController): Promise<void> {
    try {
      const output = await this.#next()
      if (output !== undefined) return controller.enqueue(output)
      host(HtmlOp.close, this.#id)
      controller.close()
      controller.byobRequest?.respond(0)
    } catch (error) {
      this.cancel(error)
      throw error
    }
  }

  cancel(reason: unknown): void {
    host(HtmlOp.close, this.#id)
    this.#pieces.cancel(reason)
  }

  /** What has become final, as soon as there is something; undefined at the end. */
  async #next(): Promise<Uint8Array | undefined> {
    const id = this.#id
    while (!this.#isWhole) {
      const piece = await this.#pieces.read()
      this.#isWhole = piece === undefined
      host(HtmlOp.push, id, piece)
      for (let event = host(HtmlOp.next, id); event !== undefined; event = host(HtmlOp.next, id)) {
        await this.#calls.ask(parseJson(event as string))
      }
      const output = host(HtmlOp.output, id) as Uint8Array
      if (output.length > 0) return output
    }
    return undefined
  }
}

/** A body that is at the host is not made a stream for this. */
function piecesOf(source: BodySource): Pieces {
  if (typeof source === 'number') {
    return {
      read: () => later(host(BodyOp.read, source)),
      cancel: () => void host(BodyOp.cancel, source),
    }
  }
  if (isReadable(source)) {
    const reader = source.getReader()
    return {
      read: async () => {
        const { done, value } = await reader.read()
        return done ? undefined : bytesOf(value)
      },
      cancel: (reason) => void reader.cancel(reason).catch(() => undefined),
    }
  }
  let rest: BodySource = source
  return {
    read: async () => {
      const whole = rest === undefined ? undefined : await allOf(rest)
      rest = undefined
      return whole
    },
    cancel: () => undefined,
  }
}

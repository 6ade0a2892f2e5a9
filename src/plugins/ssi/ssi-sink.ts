import { Buffer } from 'node:buffer'
import type { Awaitable, Exchange, GatewayError, Head, Sink } from 'gateway/plugin'
import { collect } from './collect.ts'
import type { Inclusion } from './include.ts'
import { Outlet } from './outlet.ts'
import { type Output, Page } from './page.ts'
import { PageParser, type Piece } from './page-parser.ts'
import { type SsiSettings, settingsOf } from './settings.ts'

/** Carries out the commands of the page that is poured into it. */
export class SsiSink implements Sink {
  readonly #next: Sink
  readonly #page: Page
  readonly #parser: PageParser
  readonly #outlet: Outlet
  /** What the page has to wait for before it goes on. */
  #waits: Promise<void> | undefined

  constructor(x: Exchange, next: Sink, settings: SsiSettings) {
    this.#next = next
    this.#page = new Page(x, settings)
    this.#parser = new PageParser(settings.valueLength)
    this.#outlet = new Outlet(x, next, (asked, stub) => this.#pourStub(asked, stub))
  }

  head(head: Head): void {
    this.#next.head(head)
  }

  data(chunk: Uint8Array): Awaitable<void> {
    return this.#from(chunk, 0)
  }

  end(): Awaitable<void> {
    const held = this.#parser.end()
    if (held) this.#give(held)
    const poured = this.#outlet.emptied()
    return poured ? poured.then(() => this.#end()) : this.#end()
  }

  fail(error: GatewayError): void {
    this.#outlet.fail(error)
  }

  #end(): Awaitable<void> {
    return this.#outlet.failed ? undefined : this.#next.end()
  }

  #from(chunk: Uint8Array, start: number): Awaitable<void> {
    for (let at = start; at < chunk.length && !this.#outlet.failed; ) {
      at = this.#parser.take(chunk, at, this.#give)
      const waits = this.#waits
      if (!waits) continue
      this.#waits = undefined
      return waits.then(() => this.#from(chunk, at))
    }
    this.#outlet.flush()
    return this.#outlet.room()
  }

  readonly #give = (piece: Piece): void => {
    const output = this.#outputOf(piece)
    if (output === undefined) return
    if (output instanceof Uint8Array) {
      this.#outlet.write(output)
      return
    }
    this.#waits = this.#include(output) || undefined
  }

  #outputOf(piece: Piece): Output {
    if (piece instanceof Uint8Array) return this.#page.text(piece)
    return 'fault' in piece
      ? this.#page.refuse(piece.fault)
      : this.#page.run(piece, this.#outlet.open)
  }

  #include({ asked, leaving, set, stub, wait }: Inclusion): Awaitable<void> {
    if (set !== undefined) {
      return collect(asked, this.#page.settings.mostSet).then((value) => {
        this.#page.shared.set(set, value ?? this.#page.shared.get(set) ?? '')
      })
    }
    // Most files have been answered by now.
    if (leaving === 'by itself' && asked.complete) return undefined
    const text = stub === undefined ? undefined : Buffer.from(stub, 'latin1')
    this.#outlet.include({ asked, leaving, stub: text })
    return wait === 'yes' ? this.#outlet.emptied() : this.#outlet.room()
  }

  /** Commands of a block are carried out where it is put out, if the place has them carried out. */
  async #pourStub(x: Exchange, stub: Uint8Array): Promise<void> {
    const next = this.#next
    const settings = settingsOf(x)
    if (!settings) return next.data(stub)
    const fail = (error: GatewayError) => this.fail(error)
    const into: Sink = { head() {}, data: (bytes) => next.data(bytes), end() {}, fail }
    const page = new SsiSink(x, into, settings)
    await page.data(stub)
    await page.end()
  }
}

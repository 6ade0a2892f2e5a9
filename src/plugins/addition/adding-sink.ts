import type { Awaitable, Exchange, GatewayError, Head, Sink } from 'gateway/plugin'

/** Pours one answer before what is poured into it, and one behind. */
export class AddingSink implements Sink {
  readonly #x: Exchange
  readonly #next: Sink
  /** A URI; empty for none. */
  #before: string
  readonly #after: string
  #failed = false

  constructor(x: Exchange, next: Sink, before: string, after: string) {
    this.#x = x
    this.#next = next
    this.#before = before
    this.#after = after
  }

  get borrows(): boolean {
    return this.#next.borrows === true
  }

  head(head: Head): void {
    this.#next.head(head)
  }

  data(chunk: Uint8Array): Awaitable<void> {
    return this.#begun()?.then(() => this.#pass(chunk)) ?? this.#pass(chunk)
  }

  async end(): Promise<void> {
    await this.#begun()
    await this.#add(this.#after)
    if (!this.#failed) await this.#next.end()
  }

  fail(error: GatewayError): void {
    if (this.#failed) return
    this.#failed = true
    this.#next.fail(error)
  }

  /** What stands before goes first. */
  #begun(): Promise<void> | undefined {
    if (this.#before === '') return undefined
    const uri = this.#before
    this.#before = ''
    return this.#add(uri)
  }

  async #add(uri: string): Promise<void> {
    if (uri === '' || this.#failed) return
    const error = await this.#x.subrequest(uri).pour({ data: (chunk) => this.#pass(chunk) })
    if (!error) return
    this.#x.report(error)
    this.fail(error)
  }

  #pass(chunk: Uint8Array): Awaitable<void> {
    return this.#failed ? undefined : this.#next.data(chunk)
  }
}

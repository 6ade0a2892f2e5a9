import { GatewayError, pluginFailed } from '../base/errors.ts'
import type { Sink } from '../kernel/filter/sink.ts'
import type { Awaitable } from '../kernel/phase/verdict.ts'
import type { PluginCounts } from '../kernel/process/plugin-counts.ts'
import type { Head } from '../wire/head.ts'

/** The sink of a plugin's filter, which names the plugin in what it throws, and has it counted. */
export class NamedSink implements Sink {
  readonly #sink: Sink
  readonly #plugin: string
  readonly #counts: PluginCounts

  constructor(sink: Sink, plugin: string, counts: PluginCounts) {
    this.#sink = sink
    this.#plugin = plugin
    this.#counts = counts
  }

  get borrows(): boolean {
    return this.#sink.borrows === true
  }

  head(head: Head): void {
    try {
      this.#sink.head(head)
    } catch (error) {
      throw this.#failed(error)
    }
  }

  data(chunk: Uint8Array): Awaitable<void> {
    return this.#guarded(() => this.#sink.data(chunk))
  }

  end(): Awaitable<void> {
    return this.#guarded(() => this.#sink.end())
  }

  fail(error: GatewayError): void {
    this.#sink.fail(error)
  }

  #guarded(work: () => Awaitable<void>): Awaitable<void> {
    try {
      return work()?.catch((error: unknown) => {
        throw this.#failed(error)
      })
    } catch (error) {
      throw this.#failed(error)
    }
  }

  /** What comes from behind it bears a name already. */
  #failed(error: unknown): GatewayError {
    if (!(error instanceof GatewayError)) this.#counts.errors++
    return pluginFailed(this.#plugin, error)
  }
}

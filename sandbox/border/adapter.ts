import type { Crossing } from './crossing.ts'

/**
 * The symbol, by its name in the registry, under which a default export that is no script holds its
 * adapter: code of the module it was made with (`gateway/plugin`), which stands for it at the host.
 */
export const ADAPTER = 'gateway.adapter'

/** What an adapter may do beside what any script may. */
export interface Channel {
  /** Asks the host; only ops of `RecordOp`. */
  ask(op: number, a?: Crossing, b?: Crossing, c?: Crossing): Crossing
  /** The answer of an op that comes later; `answer` is what it returned. */
  later<T extends Crossing>(answer: Crossing): Promise<T>
  /** Writes a line to the log. */
  log(level: string, text: string): void
}

/** Called for each run: what is to be done, and with what. What it returns is a text, or later one. */
export type Enter = (task: string, detail: string) => unknown

/** Made once, while the record is loaded. */
export type Adapter = (channel: Channel) => Enter

import type { Exchange } from '../exchange/exchange.ts'
import type { Sink } from './sink.ts'

/**
 * The stages a response passes on its way from the handler to the client:
 * `receive` sees it first, `slice` (byte ranges) last. Within a stage plugins stand in the order
 * of the built-in list, then as loaded.
 */
export const STAGES = ['receive', 'store', 'edit', 'encode', 'slice'] as const
export type Stage = (typeof STAGES)[number]

/**
 * Looks at the response head that has just reached this stage (`x.head`), may change it, and
 * returns the sink the rest is poured into: `next` itself when the body does not matter to it
 * (it then costs nothing from there on), or a sink of its own that ends in `next`. A sink of its
 * own gets `head(x.head)` right after.
 */
export type Filter<C> = (x: Exchange, next: Sink, config: C) => Sink

import { ADAPTER, type Adapter, type Channel } from '../border/adapter.ts'
import { Op, RECORD_OPS } from '../border/ops.ts'
import { notA } from './errors.ts'
import { host } from './host.ts'
import { getOwnPropertyDescriptor } from './primordials.ts'
import { later } from './tickets.ts'

/** The adapter of a default export that is a plugin record. */
export function adapterOf(handler: object): Adapter | undefined {
  // Its own: there are applications that have whatever they are asked for.
  const adapter = getOwnPropertyDescriptor(handler, Symbol.for(ADAPTER))?.value as unknown
  return typeof adapter === 'function' ? (adapter as Adapter) : undefined
}

/** What adapters get. They are part of the script's bundle, so the host trusts them no more. */
export const channel: Channel = {
  ask(op, a, b, c) {
    if (!(op >= RECORD_OPS.first && op <= RECORD_OPS.last)) throw notA('op of plugin records')
    return host(op, a, b, c)
  },
  later,
  log: (level, text) => {
    host(Op.log, level, text)
  },
}

import type { Exchange } from '../kernel/exchange/exchange.ts'
import { type Filter, STAGES, type Stage } from '../kernel/filter/stage.ts'
import { type Handler, type OpenPhase, PHASES, type Verdict } from '../kernel/phase/verdict.ts'
import type { AnyPlugin } from '../kernel/plugin-record.ts'
import { type Deed, traceOf } from './trace.ts'

/** Who is told of a handler or filter that has thrown; answers in its place where it can. */
export type OnFault = (x: Exchange, plugin: string, error: unknown) => Verdict | undefined

/** The same plugins, with everything they do for a request noted in its trace. */
export function tracedPlugins(plugins: readonly AnyPlugin[], onFault: OnFault): AnyPlugin[] {
  return plugins.map((plugin) => traced(plugin, onFault))
}

function traced(plugin: AnyPlugin, onFault: OnFault): AnyPlugin {
  const { filters, name } = plugin
  const handlers = PHASES.filter(isOpen).flatMap((phase) => {
    const handler = plugin[phase]
    return handler ? [[phase, tracedHandler(phase, name, handler, onFault)] as const] : []
  })
  const ours = STAGES.flatMap((stage) => {
    const filter = filters?.[stage]
    return filter ? [[stage, tracedFilter(stage, name, filter, onFault)] as const] : []
  })
  return { ...plugin, ...Object.fromEntries(handlers), filters: Object.fromEntries(ours) }
}

function tracedHandler(
  at: OpenPhase,
  plugin: string,
  handler: Handler<unknown>,
  onFault: OnFault,
): Handler<unknown> {
  const fault = (x: Exchange, error: unknown): Verdict => {
    const verdict = onFault(x, plugin, error)
    if (verdict === undefined) throw error
    return verdict
  }
  return (x, config) => {
    const deed = begin(x, at, plugin)
    const from = performance.now()
    let verdict: Verdict | Promise<Verdict>
    try {
      verdict = handler(x, config)
    } catch (error) {
      over(deed, 'failed', from)
      return fault(x, error)
    }
    if (!(verdict instanceof Promise)) return over(deed, verdict, from)
    deed.busy = since(from)
    return verdict.then(
      (settled) => over(deed, settled, from),
      (error) => {
        over(deed, 'failed', from)
        return fault(x, error)
      },
    )
  }
}

/** Noted before it is done: a response may be over when its handler returns. */
function begin(x: Exchange, at: Deed['at'], plugin: string): Deed {
  const deed: Deed = { at, plugin, did: 'waits', busy: 0, waited: 0 }
  traceOf(x).deeds.push(deed)
  return deed
}

function over<D extends Deed['did']>(deed: Deed, did: D, from: number): D {
  deed.did = did
  if (deed.busy === 0) deed.busy = since(from)
  else deed.waited = since(from) - deed.busy
  return did
}

function tracedFilter(
  at: Stage,
  plugin: string,
  filter: Filter<unknown>,
  onFault: OnFault,
): Filter<unknown> {
  return (x, next, config) => {
    const deed = begin(x, at, plugin)
    const from = performance.now()
    try {
      const sink = filter(x, next, config)
      over(deed, sink === next ? 'passes' : 'takes the body', from)
      return sink
    } catch (error) {
      over(deed, 'failed', from)
      onFault(x, plugin, error)
      throw error
    }
  }
}

function isOpen(phase: (typeof PHASES)[number]): phase is OpenPhase {
  return phase !== 'findConfig' && phase !== 'postRewrite' && phase !== 'postAccess'
}

function since(from: number): number {
  return Math.round((performance.now() - from) * 1000)
}

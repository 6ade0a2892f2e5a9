import type { AnyPlugin, Exchange, Head, Sink, Stage } from 'gateway/plugin'
import { RecordOp } from '../../../../../sandbox/border/ops.ts'
import { headText } from '../head-text.ts'
import { ask, askLater } from './channel.ts'
import { x } from './exchange.ts'
import { Outlet } from './outlet.ts'

/**
 * Lets a filter look at a response's head, and pours the body into its sink where it has one of its
 * own. What it returns is the head as the filter has left it, where the body passes by.
 */
export function filter(
  plugin: AnyPlugin,
  stage: string,
  prepared: unknown,
): string | Promise<string> {
  const next = new Outlet()
  const head = x.head as Head
  const before = headText(head)
  const sink = plugin.filters?.[stage as Stage]?.(x as Exchange, next, prepared) as Sink
  if (sink === next) {
    const after = headText(x.head as Head)
    return after === before ? '' : after
  }
  ask(RecordOp.take)
  sink.head(x.head as Head)
  return pour(sink)
}

async function pour(sink: Sink): Promise<string> {
  for (;;) {
    const chunk = await askLater<Uint8Array | undefined>(RecordOp.chunk)
    if (chunk === undefined) break
    await sink.data(chunk)
  }
  await sink.end()
  return ''
}

import type { HtmlEvent, Wanted } from '../../../../sandbox/border/html-event.ts'
import { HtmlOp } from '../../../../sandbox/border/ops.ts'
import { HTML_LIMITS, type HtmlLimits } from '../../../../sandbox/host/html/html-limits.ts'
import { RewriterSession } from '../../../../sandbox/host/html/rewriter-session.ts'
import { htmlOps } from '../../../../sandbox/host/html-ops.ts'

/** What a handler of a test has: the event, and the changes it can make. */
export interface Handle {
  readonly event: HtmlEvent
  insert(where: string, content: string): void
  remove(what?: string): void
  rewrite(text: string): void
  attribute(name: string): string | undefined
  attributes(): string[]
  set(name: string, value: string): void
  unset(name: string): void
  rename(name: string): void
  onEnd(handler: Handler): void
}

export type Handler = (handle: Handle) => void | Promise<void>

export type Handlers = Partial<Record<keyof Wanted, Handler>>

export interface Rewriting {
  readonly on?: readonly (readonly [selector: string, handlers: Handlers])[]
  readonly document?: Handlers
  readonly chunk?: number
  readonly limits?: Partial<HtmlLimits>
  readonly spend?: (microseconds: number) => void
}

/** A guest in miniature: drives a rewriter through its ops, and calls the handlers. */
export async function rewrite(html: string | Buffer, rewriting: Rewriting): Promise<Buffer> {
  const { on = [], document = {}, chunk = 1e9, limits, spend } = rewriting
  const session = new RewriterSession({ ...HTML_LIMITS, ...limits }, spend)
  const ops = htmlOps(session)
  const wanted = (handlers: Handlers) => {
    return Object.fromEntries(Object.keys(handlers).map((kind) => [kind, true]))
  }
  const spec = {
    selectors: on.map(([selector, handlers]) => ({ selector, ...wanted(handlers) })),
    document: wanted(document),
  }
  const id = ops(HtmlOp.open, JSON.stringify(spec), undefined, undefined) as number
  const ends = new Map<number, Handler[]>()
  const found: Uint8Array[] = []

  async function call(event: HtmlEvent): Promise<void> {
    const handle: Handle = {
      event,
      insert: (where, content) => void ops(HtmlOp.insert, id, where, content),
      remove: (what = 'all') => void ops(HtmlOp.remove, id, what, undefined),
      rewrite: (text) => void ops(HtmlOp.rewrite, id, text, undefined),
      attribute: (name) => ops(HtmlOp.attribute, id, name, undefined) as string | undefined,
      attributes: () => JSON.parse(ops(HtmlOp.attributes, id, undefined, undefined) as string),
      set: (name, value) => void ops(HtmlOp.setAttribute, id, name, value),
      unset: (name) => void ops(HtmlOp.removeAttribute, id, name, undefined),
      rename: (name) => void ops(HtmlOp.rename, id, name, undefined),
      onEnd: (handler) => {
        ops(HtmlOp.wantEnd, id, undefined, undefined)
        if (event.kind === 'element')
          ends.set(event.serial, [...(ends.get(event.serial) ?? []), handler])
      },
    }
    if (event.kind === 'end-tag') {
      for (const handler of ends.get(event.serial) ?? []) await handler(handle)
      return
    }
    const kind = event.kind === 'comment' ? 'comments' : event.kind
    const numbers = 'handlers' in event ? event.handlers : [-1]
    for (const number of numbers) {
      const handlers = number === -1 ? document : on[number]?.[1]
      await handlers?.[kind]?.(handle)
    }
  }

  async function drain(): Promise<void> {
    for (;;) {
      const event = ops(HtmlOp.next, id, undefined, undefined)
      if (event === undefined) break
      await call(JSON.parse(event as string) as HtmlEvent)
    }
    found.push(ops(HtmlOp.output, id, undefined, undefined) as Uint8Array)
  }

  const bytes = Buffer.from(html)
  for (let at = 0; at < bytes.length; at += chunk) {
    ops(HtmlOp.push, id, bytes.subarray(at, at + chunk), undefined)
    await drain()
  }
  ops(HtmlOp.push, id, undefined, undefined)
  await drain()
  ops(HtmlOp.close, id, undefined, undefined)
  return Buffer.concat(found)
}

import type { Crossing } from '../border/crossing.ts'
import { HtmlOp } from '../border/ops.ts'
import { badCall, bytesOf, countOf, textOf } from './arguments.ts'
import type { ContentType, Place } from './html/edits.ts'
import { HTML_LIMITS } from './html/html-limits.ts'
import { parseSpec } from './html/parse-spec.ts'
import type { HtmlRewriter } from './html/rewriter.ts'
import type { RewriterSession } from './html/rewriter-session.ts'
import { parseSelector } from './html/selector.ts'
import type { OpHandler } from './op-handler.ts'

const PLACES: readonly string[] = [
  ...(['before', 'after', 'prepend', 'append', 'replace', 'inner'] satisfies Place[]),
]

/** What a script may ask of its rewriters. */
export function htmlOps(session: RewriterSession): OpHandler {
  return (op, a, b, c) => {
    switch (op) {
      case HtmlOp.checkSelector:
        return checkSelector(a)
      case HtmlOp.open:
        return session.open(parseSpec(textOf(a, 'rewriter')))
      case HtmlOp.close:
        session.close(countOf(a, 'rewriter'))
        return undefined
      default:
        return rewriterOp(session.rewriter(countOf(a, 'rewriter')), op, b, c)
    }
  }
}

/** Refuses a text that is no selector. */
export function checkSelector(text: Crossing): undefined {
  parseSelector(textOf(text, 'selector'), HTML_LIMITS)
}

function rewriterOp(rewriter: HtmlRewriter, op: number, b: Crossing, c: Crossing): Crossing {
  switch (op) {
    case HtmlOp.push:
      rewriter.push(b === undefined ? undefined : bytesOf(b, 'piece'))
      return undefined
    case HtmlOp.next: {
      const event = rewriter.next()
      return event && JSON.stringify(event)
    }
    case HtmlOp.output:
      return rewriter.output()
    case HtmlOp.attributes:
      return JSON.stringify(rewriter.element.attributes())
    case HtmlOp.attribute:
      return rewriter.element.attribute(textOf(b, 'name'))
    default:
      changeOf(op)(rewriter, b, c)
      return undefined
  }
}

type Change = (rewriter: HtmlRewriter, b: Crossing, c: Crossing) => void

const CHANGES: ReadonlyMap<number, Change> = new Map<number, Change>([
  [HtmlOp.insert, (rewriter, b, c) => insert(rewriter, textOf(b, 'place'), textOf(c, 'content'))],
  [HtmlOp.remove, (rewriter, b) => remove(rewriter, textOf(b, 'extent'))],
  [HtmlOp.rewrite, (rewriter, b) => rewriter.rewrite(textOf(b, 'text'))],
  [
    HtmlOp.setAttribute,
    ({ element }, b, c) => element.setAttribute(textOf(b, 'name'), textOf(c, 'value')),
  ],
  [HtmlOp.removeAttribute, ({ element }, b) => element.removeAttribute(textOf(b, 'name'))],
  [HtmlOp.rename, ({ element }, b) => element.rename(textOf(b, 'name'))],
  [HtmlOp.wantEnd, ({ element }) => element.wantEnd()],
])

function changeOf(op: number): Change {
  const change = CHANGES.get(op)
  if (change === undefined) throw badCall('op')
  return change
}

function remove(rewriter: HtmlRewriter, extent: string): void {
  if (extent === 'tags') rewriter.element.edits.isUnwrapped = true
  else if (extent === 'all') rewriter.edits.isRemoved = true
  else throw badCall('extent')
}

function insert(rewriter: HtmlRewriter, where: string, content: string): void {
  const [place = '', type = ''] = where.split(' ', 2)
  if (!PLACES.includes(place)) throw badCall('place')
  if (type !== 'html' && type !== 'text') throw badCall('content type')
  rewriter.edits.insert(place as Place, content, type satisfies ContentType)
}

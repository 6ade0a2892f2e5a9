import { carry } from '../kernel/exchange/carried.ts'
import type { Exchange } from '../kernel/exchange/exchange.ts'
import { foreignTarget } from '../kernel/exchange/foreign-target.ts'
import { rerun } from '../kernel/phase/run.ts'
import type { Head } from '../wire/head.ts'
import { redirectedHead } from './answer-head.ts'
import type { PeerAnswer } from './protocol.ts'

/**
 * Keeps what outlives an answer with `X-Accel-Redirect`, and makes what goes to where it leads: to
 * a URI with GET (or HEAD), to a named location as the request is.
 */
export function leadElsewhere(
  x: Exchange,
  answer: PeerAnswer,
  to: string,
  charset: string | undefined,
  edit: ((x: Exchange, head: Head) => void) | undefined,
): () => void {
  const head = redirectedHead(answer)
  edit?.(x, head)
  return () => {
    carry(x, { fields: head.fields, type: head.type ?? x.carried?.type, charset })
    const target = to.startsWith('@') ? to : foreignTarget(x, to)
    if (target === undefined) {
      x.finish(404)
      return
    }
    if (typeof target !== 'string' && x.method !== 'HEAD') x.method = 'GET'
    const verdict = x.redirect(target)
    if (verdict === 'rerun') rerun(x)
    else x.finish(verdict)
  }
}

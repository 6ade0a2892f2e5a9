import { Head } from '../filter/head.ts'
import { Fields } from '../http1/fields.ts'
import type { PeerAnswer } from './protocol.ts'

/** The head of the response that passes a peer's answer on. */
export function answerHead(answer: PeerAnswer, buffering: boolean): Head {
  const head = new Head(answer.status, new Fields(answer.fields))
  head.reason = answer.reason
  head.type = answer.type
  head.length = answer.status === 204 ? undefined : answer.length
  head.flush = !buffering
  return head
}

/** What is left of an answer when an `error_page` is shown instead: the challenge, as in nginx. */
export function interceptedHead(answer: PeerAnswer): Head {
  const head = new Head(answer.status)
  if (answer.status !== 401) return head
  for (const challenge of answer.original('www-authenticate')) {
    head.fields.add('WWW-Authenticate', challenge)
  }
  return head
}

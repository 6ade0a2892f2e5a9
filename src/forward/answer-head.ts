import { addCharset } from '../kernel/exchange/carried.ts'
import { Head } from '../wire/head.ts'
import { Fields } from '../wire/http1/fields.ts'
import type { PeerAnswer } from './protocol.ts'
import type { Steering } from './steering.ts'

const SWITCHING_PROTOCOLS = 101
const UPGRADE_REQUIRED = 426

/** The head of the response that passes a peer's answer on, as the peer and the location want it. */
export function answerHead(
  answer: PeerAnswer,
  steering: Steering,
  { buffering, forceRanges }: Wanted,
): Head {
  const { status } = answer
  const head = new Head(status, new Fields(answer.fields))
  head.reason = answer.reason
  head.type = answer.type
  // Neither has a body whose length could be told.
  if (status !== 204 && status !== SWITCHING_PROTOCOLS) head.length = answer.length
  head.flush = !(steering.buffering ?? buffering)
  if (steering.charset !== undefined) addCharset(head, steering.charset)
  if (forceRanges) allowRanges(head)
  if (status === SWITCHING_PROTOCOLS || status === UPGRADE_REQUIRED) {
    for (const protocol of answer.original('upgrade')) head.fields.add('Upgrade', protocol)
  }
  return head
}

interface Wanted {
  readonly buffering: boolean
  readonly forceRanges: boolean
}

/** Byte ranges of it are served here, so that what the peer says of them would be wrong. */
function allowRanges(head: Head): void {
  head.ranges = true
  head.fields.delete('accept-ranges')
}

/** Fields that outlive an answer which leads elsewhere; as in nginx, hidden ones too. */
const REDIRECTED = [
  'Set-Cookie',
  'Content-Disposition',
  'Cache-Control',
  'Expires',
  'Accept-Ranges',
] as const

/** What is left of an answer that leads elsewhere (`X-Accel-Redirect`). */
export function redirectedHead(answer: PeerAnswer): Head {
  const head = new Head(answer.status)
  head.type = answer.type
  for (const name of REDIRECTED) {
    for (const value of answer.original(name.toLowerCase())) head.fields.add(name, value)
  }
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

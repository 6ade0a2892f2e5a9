import { type Exchange, Head } from 'gateway/plugin'
import type { Verdict } from '../../../sandbox/engine/verdict.ts'
import type { AnswerFault } from '../../../sandbox/host/answer-error.ts'

/** Why a script did not answer: `gateway-error` names it. */
export type FailureCode =
  | 'script_cpu'
  | 'script_memory'
  | 'script_stack'
  | 'script_jobs'
  | 'script_trap'
  | 'script_wall'
  | 'script_subrequests'
  | 'script_concurrency'
  | 'script_cpu_share'
  | 'script_busy'
  | 'script_suspended'
  | 'script_error'
  | 'script_no_answer'
  | 'script_host'
  | 'script_bad_peer'
  | 'script_bad_variable'
  | AnswerFault

/** How a failure is answered. */
interface Kind {
  readonly status: number
  readonly title: string
  /** Whether it is a limit of one run: several in a row suspend the script. */
  readonly limit?: true
}

const LIMIT = { status: 503, limit: true } as const
const BROKEN = { status: 502, title: 'The script gave an answer that cannot be sent.' } as const

/** How each failure is answered. */
export const FAILURES: Readonly<Record<FailureCode, Kind>> = {
  script_cpu: { ...LIMIT, title: 'The script used more processor time than it may.' },
  script_memory: { ...LIMIT, title: 'The script used more memory than it may.' },
  script_stack: { ...LIMIT, title: 'The script called too deep.' },
  script_jobs: { ...LIMIT, title: 'The script had more promise jobs than it may.' },
  script_trap: { ...LIMIT, title: 'The script broke the engine it ran in.' },
  script_wall: { ...LIMIT, title: 'The script took more time than it may.' },
  script_subrequests: { ...LIMIT, title: 'The script made more subrequests than it may.' },
  script_concurrency: { status: 429, title: 'The script has as many requests as it may.' },
  script_cpu_share: { status: 429, title: 'The tenant used its share of the processor.' },
  script_busy: { status: 429, title: 'Too many long runs of scripts wait for their turn.' },
  script_suspended: { status: 503, title: 'The script is suspended after too many failures.' },
  script_error: { status: 500, title: 'The script failed.' },
  script_no_answer: { status: 500, title: 'The script ended without an answer.' },
  script_host: { status: 500, title: 'The gateway failed while it ran the script.' },
  script_bad_status: BROKEN,
  script_bad_header: BROKEN,
  script_headers_limit: BROKEN,
  script_response_body_limit: BROKEN,
  script_second_answer: BROKEN,
  script_bad_peer: { status: 502, title: 'The script chose a peer that is not there.' },
  script_bad_variable: BROKEN,
}

const BY_VERDICT: Readonly<Record<Exclude<Verdict, 'done'>, FailureCode>> = {
  cpu: 'script_cpu',
  memory: 'script_memory',
  stack: 'script_stack',
  jobs: 'script_jobs',
  error: 'script_error',
  trap: 'script_trap',
  aborted: 'script_wall',
  busy: 'script_busy',
  host: 'script_host',
}

/** Seconds until a client should ask again that was refused for now, where nobody knows better. */
export const RETRY_AFTER = 1

/** The failure a run's verdict stands for. */
export function failureOf(verdict: Exclude<Verdict, 'done'>): FailureCode {
  return BY_VERDICT[verdict]
}

/** Whether a failure is a limit of one run. */
export function isLimit(code: FailureCode): boolean {
  return FAILURES[code].limit === true
}

/** Answers for a script that did not: with the location's `error_page`, or as problem+json. */
export function answerFailure(
  x: Exchange,
  code: FailureCode,
  retryAfter = RETRY_AFTER,
): 'done' | Promise<'done'> {
  const { body, head } = problemOf(code, retryAfter)
  const { status } = head
  if (x.location.settings.error_page.has(status)) {
    return x.finish(status, failureHead(code, retryAfter))
  }
  return x.respond(head, body)
}

/** The answer for a failure, as problem+json (RFC 9457). */
export function problemOf(
  code: FailureCode,
  retryAfter = RETRY_AFTER,
): { readonly head: Head; readonly body: string } {
  const { status, title } = FAILURES[code]
  const head = failureHead(code, retryAfter)
  head.type = 'application/problem+json'
  return { head, body: JSON.stringify({ title, status, code }) }
}

/** Each size costs a compiled engine, and slots of its own. */
export function tooManySizes(most: number): Error {
  return new Error(`more than ${most} different pairs of memory and stack`)
}

function failureHead(code: FailureCode, retryAfter: number): Head {
  const { status } = FAILURES[code]
  const head = new Head(status)
  head.fields.add('Gateway-Error', code)
  if (status === 429) head.fields.add('Retry-After', `${retryAfter}`)
  return head
}

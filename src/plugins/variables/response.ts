import { type Exchange, mainOf, steadyTime, type Variable } from 'gateway/plugin'
import { seconds } from './seconds.ts'

/** How a request was answered; most of it is known in the log phase only. */
export const responseVariables: Readonly<Record<string, Variable>> = {
  status: { doc: 'Status of the response, in three digits.', get: statusOf },
  body_bytes_sent: {
    doc: 'Bytes of the body sent to the client.',
    get: (x) => `${mainOf(x).bodySent}`,
  },
  bytes_sent: { doc: 'Bytes sent to the client, head included.', get: (x) => `${mainOf(x).sent}` },
  request_time: {
    doc: 'Seconds since the head of the request was there, to the millisecond.',
    get: (x) => seconds(steadyTime() - x.startedAt),
  },
  request_completion: {
    doc: '"OK" when the whole response was sent, else empty.',
    get: (x) => (mainOf(x).completed ? 'OK' : ''),
  },
}

function statusOf(x: Exchange): string {
  const status = x.head?.status ?? (x.unanswered || x.errorStatus)
  return status >= 100 ? `${status}` : `${status}`.padStart(3, '0')
}

import {
  type Answered,
  type Attempt,
  type Exchange,
  type Getter,
  sameName,
  trimBlanks,
  type Variable,
  type VariableFamily,
} from 'gateway/plugin'
import { seconds } from './seconds.ts'

/**
 * One value for each attempt, in order: commas between the peers of one upstream, colons where
 * an internal redirect led to another one (as nginx writes them).
 */
function forEachAttempt(doc: string, show: (attempt: Attempt) => string | undefined): Variable {
  return {
    doc,
    get: (x) => {
      const { attempts } = x
      if (!attempts) return undefined
      let text = ''
      let separator = ''
      for (const attempt of attempts) {
        if (attempt.peer === '') {
          separator = ' : '
          continue
        }
        text += separator + (show(attempt) ?? '-')
        separator = ', '
      }
      return text
    },
  }
}

function secondsIfKnown(milliseconds: number | undefined): string | undefined {
  return milliseconds === undefined ? undefined : seconds(milliseconds)
}

function lastAnswer(x: Exchange): Answered | undefined {
  return x.attempts?.at(-1)?.answer
}

/** `$upstream_*`: what the attempts of a request came to. */
export const upstreamVariables: Readonly<Record<string, Variable>> = {
  upstream_addr: forEachAttempt('Addresses of the peers that were asked.', (each) => each.peer),
  upstream_status: forEachAttempt(
    'Statuses of their answers; 502 or 504 where there was none.',
    (each) => (each.status === 0 ? undefined : String(each.status)),
  ),
  upstream_connect_time: forEachAttempt('Seconds it took to connect to each.', (each) =>
    secondsIfKnown(each.connectTime),
  ),
  upstream_header_time: forEachAttempt('Seconds until the head of each answer was there.', (each) =>
    secondsIfKnown(each.headerTime),
  ),
  upstream_response_time: forEachAttempt('Seconds until each answer was complete.', (each) =>
    secondsIfKnown(each.responseTime),
  ),
  upstream_response_length: forEachAttempt('Bytes of the body of each answer.', (each) =>
    String(each.bodyReceived),
  ),
  upstream_bytes_received: forEachAttempt('Bytes received from each peer.', (each) =>
    String(each.bytesReceived),
  ),
  upstream_bytes_sent: forEachAttempt('Bytes sent to each peer.', (each) => String(each.bytesSent)),
}

/** `$upstream_http_NAME` and the like: what the last peer answered, hidden fields included. */
export const upstreamFamilies: Readonly<Record<string, VariableFamily>> = {
  upstream_http_: {
    doc: 'A field of the response head of the upstream, hyphens written as underscores.',
    make: (rest) => original(rest.toLowerCase().replaceAll('_', '-')),
  },
  upstream_trailer_: {
    doc: 'A trailer field of the response of the upstream.',
    make: (rest) => {
      const name = rest.toLowerCase().replaceAll('_', '-')
      return (x) => lastAnswer(x)?.trailers?.joined(name, ', ')
    },
  },
  upstream_cookie_: {
    doc: 'A cookie the upstream sets.',
    make: (rest) => (x) => {
      for (const line of lastAnswer(x)?.original('set-cookie') ?? []) {
        const pair = /^\s*([^=;\s]+)\s*=\s*([^;]*)/.exec(line)
        if (pair?.[1] === undefined || !sameName(pair[1], rest.toLowerCase())) continue
        return trimBlanks(pair[2] ?? '')
      }
      return undefined
    },
  },
}

function original(name: string): Getter {
  return (x) => {
    const values = lastAnswer(x)?.original(name) ?? []
    return values.length === 0 ? undefined : values.join(', ')
  }
}

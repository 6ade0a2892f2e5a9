import { type Attempt, type Exchange, requestLineOf, steadyTime } from 'gateway/plugin'
import { FUEL_PER_MS } from '../../../../sandbox/engine/limits.ts'
import type { Deployment } from '../deployment.ts'
import { behind } from '../occasion.ts'
import { ScriptRun } from '../script-run.ts'
import { figuresOf } from '../variables.ts'

/**
 * The `log` hook: is told of each request of a client that is over. It runs when the turn of the
 * event loop is, so no client waits for it; a worker that leaves does.
 */
export function log(x: Exchange, deployment: Deployment): 'next' {
  if (!deployment.has('log') || x.parent) return 'next'
  const release = x.carrier.hold()
  const refused = release ? deployment.enter() : 'too much goes on behind answers'
  if (!release || refused) {
    release?.()
    deployment.tell(x, 'warn', `log: a request is not told of: ${refused}`)
    return 'next'
  }
  const run = new ScriptRun(behind(x), deployment, {
    hook: 'log',
    values: [JSON.stringify(entryOf(x, deployment))],
    when: 'batch',
    refuse: () => 'done',
  })
  void Promise.resolve(run.start()).finally(release)
  return 'next'
}

/** `LogEntry` of `gateway/script`. Times in milliseconds, sizes in bytes. */
function entryOf(x: Exchange, { settings }: Deployment): object {
  const { fuel = 0, memory = 0, code } = figuresOf(x) ?? {}
  const time = steadyTime() - x.startedAt
  return {
    requestId: settings.requestId(x),
    request: requestLineOf(x),
    method: x.askedMethod,
    url: x.target,
    host: x.host,
    path: x.uri,
    server: x.server.name,
    location: x.location.name,
    clientAddress: x.client.address,
    userAgent: x.headers.get('user-agent'),
    referer: x.headers.get('referer'),
    status: x.head?.status ?? (x.unanswered || x.errorStatus),
    completed: x.completed,
    startedAt: Date.now() - time,
    time,
    requestBytes: x.headSize + x.body.received,
    sentBytes: x.sent,
    bodyBytes: x.bodySent,
    upstream: x.attempts?.filter(({ peer }) => peer !== '').map(attemptOf) ?? [],
    script: { fuel, cpu: fuel / FUEL_PER_MS, memory, error: code },
  }
}

function attemptOf({ peer, status, connectTime, headerTime, responseTime, bodyReceived }: Attempt) {
  return { peer, status, connectTime, headerTime, responseTime, bodyBytes: bodyReceived }
}

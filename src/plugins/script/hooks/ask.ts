import type { Exchange, Verdict } from 'gateway/plugin'
import { outletOf } from '../answer-sender.ts'
import type { Deployment } from '../deployment.ts'
import { answerFailure } from '../failure.ts'
import type { ExchangeRequest } from '../request-view.ts'
import { ScriptRun } from '../script-run.ts'
import type { Task } from '../task.ts'

const TOO_LARGE = 413
const BAD_REQUEST = 400

/**
 * Runs a hook of a phase, which may answer the request. What it has read of the body is there again
 * for whoever comes behind it.
 */
export function ask(
  x: Exchange,
  deployment: Deployment,
  request: ExchangeRequest,
  task: Pick<Task, 'hook'> & Partial<Task>,
): Verdict | Promise<Verdict> {
  const refused = deployment.enter()
  if (refused) return answerFailure(x, refused, deployment.retryAfter(refused))
  const verdict = new ScriptRun(x, deployment, {
    values: [],
    request,
    outlet: outletOf(x),
    upstream: (name) => deployment.upstreams.choose(x, name),
    refuse: (code) => answerFailure(x, code),
    ...task,
  }).start()
  const settle = (each: Verdict) => settled(x, request, each)
  return verdict instanceof Promise ? verdict.then(settle) : settle(verdict)
}

function settled(
  x: Exchange,
  request: ExchangeRequest,
  verdict: Verdict,
): Verdict | Promise<Verdict> {
  const waits = verdict === 'next' ? request.settleBody() : undefined
  if (!waits) return verdict
  return waits.then(
    () => verdict,
    (error: Error) => {
      x.log('error', `the request body a script has read cannot be passed on: ${error.message}`)
      return error.name === 'RangeError' ? TOO_LARGE : BAD_REQUEST
    },
  )
}

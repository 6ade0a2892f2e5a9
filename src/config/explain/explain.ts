import { Buffer } from 'node:buffer'
import type { GatewayError } from '../../base/errors.ts'
import type { Exchange } from '../../kernel/exchange/exchange.ts'
import type { ListenPlan, LocationPlan } from '../../kernel/phase/plan.ts'
import type { Compiled } from '../compile.ts'
import { ask } from './asking.ts'
import { chooseListen } from './choose-listen.ts'
import { destinationsIn } from './destinations.ts'
import type { ExplainedLocation, Explanation } from './explanation.ts'
import { LocationTrial, locationName } from './location-trial.ts'
import { notRunIn, partsOf } from './parts.ts'
import type { Question } from './question.ts'
import { explainListen, explainServer } from './servers.ts'

/**
 * What a configuration does with a request, as far as that is settled without running anything.
 * Server and location are found by the kernel itself. Throws `QuestionError`.
 */
export function explain(compiled: Compiled, question: Question): Explanation {
  const chosen = chooseListen(compiled.plan.listens, question)
  const x = ask(question, chosen.plan)
  const frame = { listen: explainListen(compiled, chosen) }
  if (!('uri' in x)) return { ...frame, ...explainRefusal(compiled, question, chosen.plan, x) }
  const request = {
    method: x.method,
    target: x.target,
    host: x.host,
    uri: Buffer.from(x.uri, 'latin1').toString('utf8'),
    args: x.args ?? null,
  }
  const server = explainServer(compiled, chosen.plan, x)
  return { request, refused: null, ...frame, server, ...explainPlace(compiled, x) }
}

type Rest = Omit<Explanation, 'listen'>

function explainRefusal(
  compiled: Compiled,
  question: Question,
  { servers }: ListenPlan,
  { status, message }: GatewayError,
): Rest {
  const { method, target } = question
  const reason = 'the default server answers what is refused'
  return {
    request: { method, target, host: '', uri: '', args: null },
    refused: { status, reason: message },
    server: { name: servers.default.name, mark: servers.default.mark, reason, others: [] },
    location: null,
    ...partsOf(compiled, servers.default, undefined, []),
    upstreams: [],
    notRun: [],
  }
}

function explainPlace(
  compiled: Compiled,
  x: Exchange,
): Omit<Rest, 'request' | 'refused' | 'server'> {
  const { server } = x
  const found = server.locations.find(x)
  const plan = found && !('redirect' in found) ? found : server.own
  x.location = plan
  const redirect = found && 'redirect' in found ? found.redirect : null
  const walked = redirect === null ? plan : undefined
  const notRun = notRunIn(compiled, server, walked)
  return {
    location: explainLocation(compiled, x, plan, redirect),
    ...partsOf(compiled, server, walked, [...server.steps, ...(walked?.steps ?? [])]),
    upstreams: walked ? destinationsIn(compiled, walked, x, notRun.length > 0) : [],
    notRun,
  }
}

function explainLocation(
  { origins }: Compiled,
  { server, uri }: Exchange,
  plan: LocationPlan,
  redirect: string | null,
): ExplainedLocation {
  const trial = new LocationTrial(uri)
  const block = origins.get(server)
  const won = block && trial.search(block)
  const own = 'no location matches: the server itself answers'
  const taken = redirect === null ? origins.get(plan) : won?.block
  const others = [...trial.reasons]
    .filter(([each]) => each !== taken)
    .map(([each, reason]) => ({ name: locationName(each), mark: each.mark, reason }))
  return {
    name: redirect === null ? plan.name : won ? locationName(won.block) : '',
    mark: (redirect === null ? plan : (won?.block ?? plan)).mark,
    reason: won?.reason ?? own,
    others,
    redirect,
    internal: redirect === null && plan.settings.internal,
  }
}

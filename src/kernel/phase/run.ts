import {
  contentNotAnswered,
  type GatewayError,
  pluginFailed,
  redirectionCycle,
} from '../../base/errors.ts'
import { Head } from '../../wire/head.ts'
import { forgetChallenges } from '../exchange/carried.ts'
import type { Exchange } from '../exchange/exchange.ts'
import { finish } from './finish.ts'
import type { LocationPlan, Step } from './plan.ts'
import type { Verdict } from './verdict.ts'

/** Location changes and internal redirects one request may make (nginx's limit). */
export const REDIRECT_LIMIT = 10

/** Begins the walk of a new request: postRead first, a subrequest at serverRewrite. */
export function start(x: Exchange): void {
  x.walking = 'server'
  x.at = x.parent ? x.server.serverRewrite : 0
  walk(x)
}

/** Begins the walk of `x` behind the step where `parent` stands, without that location's filters. */
export function startBehind(x: Exchange, parent: Exchange): void {
  x.location = restOf(parent.location, parent.at + 1)
  x.walking = 'location'
  x.at = 0
  walk(x)
}

/** Begins the walk of `x` with the very step where `parent` stands, without that location's filters. */
export function startAgain(x: Exchange, parent: Exchange): void {
  x.location = restOf(parent.location, parent.at)
  x.walking = 'location'
  x.at = 0
  walk(x)
}

/** Has `x` answered by `by` alone, in the location where `parent` is, without filters and pages. */
export function startBy(x: Exchange, parent: Exchange, by: (x: Exchange) => void): void {
  x.location = restOf(parent.location, parent.location.steps.length + 1)
  x.walking = 'location'
  x.errorPaged = 'yes'
  try {
    by(x)
  } catch (error) {
    fail(x, pluginFailed('handler', error))
  }
}

const rests = new WeakMap<LocationPlan, LocationPlan[]>()

/** What a location does from one of its steps on. */
function restOf(location: LocationPlan, at: number): LocationPlan {
  const known = rests.get(location) ?? []
  rests.set(location, known)
  const steps = location.steps.slice(at)
  known[at] ??= {
    ...location,
    ...choosersOf(location, at),
    steps,
    postAccess: 0,
    filters: [],
    log: [],
  }
  return known[at]
}

/** Behind its last step nothing of the location is asked: not where a request goes, either. */
function choosersOf(location: LocationPlan, at: number): Partial<LocationPlan> {
  if (at <= location.steps.length) return {}
  return { chooseUpstream: undefined, choosePeer: undefined }
}

/**
 * Walks the plan from where the exchange stands, synchronously as long as everyone answers now.
 * Returns when the exchange is answered, or when somebody has to wait.
 */
export function walk(x: Exchange): void {
  for (;;) {
    const steps = x.walking === 'server' ? x.server.steps : x.location.steps
    if (x.walking === 'location' && x.at >= x.location.postAccess && x.refused > 0) {
      refuse(x, takeRefusal(x))
      return
    }
    // Not by what is read behind the end: that would cost each request a generic look-up.
    if (x.at >= steps.length) {
      if (x.walking === 'server') {
        if (!findConfig(x)) return
        continue
      }
      finish(x, x.uri.endsWith('/') ? 403 : 404)
      return
    }
    const step = steps[x.at] as Step
    // As in nginx: whoever makes a subrequest was let in, or is being asked about.
    if (x.parent && step.phase === 'access') {
      x.at = step.after
      continue
    }
    let verdict: Verdict | Promise<Verdict>
    try {
      verdict = step.run(x, step.config)
    } catch (error) {
      fail(x, pluginFailed(step.plugin, error))
      return
    }
    if (verdict instanceof Promise) {
      resumeLater(x, step, verdict)
      return
    }
    if (!settle(x, step, verdict)) return
  }
}

function resumeLater(x: Exchange, step: Step, verdict: Promise<Verdict>): void {
  const { at, redirects } = x
  // A client that went away, or a redirect made meanwhile, leaves nothing to go on with.
  const current = () => !x.aborted && x.at === at && x.redirects === redirects
  verdict.then(
    (settled) => {
      if (current() && settle(x, step, settled)) walk(x)
    },
    (error) => {
      if (current()) fail(x, pluginFailed(step.plugin, error))
    },
  )
}

/** Acts on a verdict; returns whether the walk goes on. */
function settle(x: Exchange, step: Step, verdict: Verdict): boolean {
  if (x.location.debug) x.log('debug', `${step.phase} phase: ${step.plugin} says ${verdict}`)
  switch (verdict) {
    case 'next':
      x.at++
      return true
    case 'pass':
      return pass(x, step)
    case 'rerun':
      return restart(x)
    case 'done':
      return false
    default:
      if (isStatus(verdict)) return refuseOrFinish(x, step, verdict)
      fail(x, pluginFailed(step.plugin, new Error(`"${verdict}" is no verdict`)))
      return false
  }
}

/** What a plugin in plain JavaScript says may be anything. */
function isStatus(verdict: number): boolean {
  return Number.isInteger(verdict) && verdict >= 200 && verdict <= 999
}

/** `pass` settles a phase; under `satisfy all` every access handler is asked all the same. */
function pass(x: Exchange, step: Step): boolean {
  if (step.phase === 'content') {
    fail(x, contentNotAnswered(step.plugin))
    return false
  }
  if (step.phase === 'access' && x.location.settings.satisfy === 'all') {
    x.at++
  } else {
    if (step.phase === 'access') forgetRefusal(x)
    x.at = step.after
  }
  return true
}

function refuseOrFinish(x: Exchange, step: Step, status: number): boolean {
  const refusal = status === 401 || status === 403
  if (step.phase === 'access' && refusal && x.location.settings.satisfy === 'any') {
    // A challenge is worth more to the client than a plain refusal.
    if (x.refused !== 401) x.refused = status
    x.at++
    return true
  }
  if (step.phase === 'access') refuse(x, status)
  else finish(x, status)
  return false
}

/** Ends with what an access check says, a 401 as late as `auth_delay` wants it. */
function refuse(x: Exchange, status: number): void {
  const delay = x.location.settings.auth_delay
  if (status !== 401 || delay === 0) {
    finish(x, status)
    return
  }
  const timer = setTimeout(() => {
    x.onAbort = undefined
    finish(x, status)
  }, delay)
  x.onAbort = () => clearTimeout(timer)
}

function forgetRefusal(x: Exchange): void {
  if (x.refused === 0) return
  x.refused = 0
  forgetChallenges(x)
}

function takeRefusal(x: Exchange): number {
  const status = x.refused
  x.refused = 0
  return status
}

/** Goes where `x.redirect` points, outside any handler. */
export function rerun(x: Exchange): void {
  if (restart(x)) walk(x)
}

/** Goes where the handler that said `rerun` wants to go. */
function restart(x: Exchange): boolean {
  if (++x.redirects > REDIRECT_LIMIT) {
    fail(x, redirectionCycle(x.uri))
    return false
  }
  const from = x.restart
  x.restart = 'findConfig'
  x.refused = 0
  if (from === 'rewrite') {
    x.walking = 'location'
    x.at = 0
    return true
  }
  x.walking = 'server'
  x.location = x.server.own
  x.at = from === 'serverRewrite' ? x.server.serverRewrite : x.server.steps.length
  return true
}

/** The findConfig checkpoint: which location answers. Returns false when it is settled here. */
function findConfig(x: Exchange): boolean {
  const found = x.server.locations.find(x)
  if (found && 'redirect' in found) {
    redirectTo(x, found.redirect)
    return false
  }
  const location = found ?? x.server.own
  x.location = location
  if (location.debug)
    x.log('debug', `findConfig phase: "${x.uri}" is in location "${location.name}"`)
  x.walking = 'location'
  x.at = 0
  if (location.settings.internal && !x.internal) {
    finish(x, 404)
    return false
  }
  return withinBodyLimit(x, location)
}

function withinBodyLimit(x: Exchange, location: LocationPlan): boolean {
  const { body } = x
  // An error page has no use for the body: that of a 413 must be shown all the same.
  if (body.empty || x.errorPaged !== 'no') return true
  const limit = location.settings.client_max_body_size
  body.limit = limit
  if (limit === 0 || body.length === undefined || body.length <= limit) return true
  x.log('error', `client intended to send too large body: ${body.length} bytes`)
  finish(x, 413)
  return false
}

/** A request for `/dir` where only `/dir/` is served. */
function redirectTo(x: Exchange, path: string): void {
  const head = new Head(301)
  head.fields.add('Location', x.absolute(path))
  finish(x, 301, head)
}

/** Ends the exchange with an error: a page where nothing was sent yet, else a cut connection. */
export function fail(x: Exchange, error: GatewayError): void {
  if (x.aborted) return
  x.report(error)
  if (x.head) x.cut(error)
  else finish(x, error.status)
}

/** The log phase, after the last byte. What a logger throws harms nobody. */
export function runLog(x: Exchange): void {
  const steps = x.location.log
  for (let i = 0; i < steps.length; i++) {
    const step = steps[i] as Step
    try {
      const verdict = step.run(x, step.config)
      if (typeof verdict === 'object') verdict.catch((error) => logFailed(x, step, error))
    } catch (error) {
      logFailed(x, step, error)
    }
  }
  runEndings(x)
}

/** Does what was to be done once an exchange is over. */
export function runEndings(x: Exchange): void {
  const { endings } = x
  x.endings = 'done'
  if (typeof endings === 'object') for (const ending of endings) ending()
}

function logFailed(x: Exchange, step: Step, error: unknown): void {
  x.log('error', pluginFailed(step.plugin, error).message)
}

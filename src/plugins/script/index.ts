import { definePlugin, type Exchange, type Verdict } from 'gateway/plugin'
import { outletOf } from './answer-sender.ts'
import { deploy, makeReady } from './bindings/deploy.ts'
import type { Deployment } from './deployment.ts'
import { scriptDirective } from './directive.ts'
import { answerFailure } from './failure.ts'
import { ResponseFilter } from './response-filter.ts'
import { ScriptRun } from './script-run.ts'
import { scriptZone } from './script-zone.ts'
import { serverTiming } from './server-timing.ts'
import { variables } from './variables.ts'

/** Runs the script of a location for each request, in a sandbox. */
export default definePlugin({
  name: 'script',
  doc: 'Runs a tenant’s script for each request, in a sandbox with hard limits.',
  directives: { script: scriptDirective, script_zone: scriptZone },
  wraps: true,
  prepare: ({ script, script_zone }, place) => script && deploy(script, place, script_zone),
  ready: makeReady,
  access: (x, deployment) => run(x, deployment, 'access'),
  content: (x, deployment) => run(x, deployment, 'fetch'),
  filters: {
    edit: (x, next, deployment) => {
      if (!deployment.has('response') || x.parent) return next
      return new ResponseFilter(x, next, deployment)
    },
    encode: serverTiming,
  },
  variables,
})

function run(
  x: Exchange,
  deployment: Deployment,
  hook: 'access' | 'fetch',
): Verdict | Promise<Verdict> {
  if (!deployment.has(hook)) return 'next'
  const refused = deployment.enter()
  if (refused) return answerFailure(x, refused)
  const refuse = answerFailure.bind(undefined, x)
  return new ScriptRun(x, deployment, { hook, values: [], outlet: outletOf(x), refuse }).start()
}

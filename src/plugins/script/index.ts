import { definePlugin } from 'gateway/plugin'
import { deploy, makeReady } from './bindings/deploy.ts'
import { scriptDirective } from './directive.ts'
import { access } from './hooks/access.ts'
import { balance } from './hooks/balance.ts'
import { fetch } from './hooks/fetch.ts'
import { log } from './hooks/log.ts'
import { request } from './hooks/request.ts'
import { response } from './hooks/response.ts'
import { schedule } from './hooks/scheduled.ts'
import { inPhase, inStage } from './in-place.ts'
import { isolate } from './record/isolate.ts'
import { scriptZone } from './script-zone.ts'
import { serverTiming } from './server-timing.ts'
import { variables } from './variables.ts'

const encode = inStage('encode')

/** Runs the script of a location for each request, in a sandbox. */
export default definePlugin({
  name: 'script',
  doc: 'Runs a tenant’s script for each request, in a sandbox with hard limits.',
  directives: { script: scriptDirective, script_zone: scriptZone },
  wraps: true,
  isolate,
  prepare: ({ script, script_zone }, place) => script && deploy(script, place, script_zone),
  ready: makeReady,
  begin: (deployment, worker) => {
    const ends = [deployment.reach.begin(), schedule(deployment, worker)]
    return () => {
      for (const end of ends) end()
    }
  },
  rewrite: inPhase('rewrite', request),
  preaccess: inPhase('preaccess'),
  access: inPhase('access', access),
  precontent: inPhase('precontent'),
  content: inPhase('content', fetch),
  chooseUpstream: (x, named, { upstreams }) => upstreams.for(x, named),
  choosePeer: balance,
  filters: {
    receive: inStage('receive'),
    store: inStage('store'),
    edit: inStage('edit', response),
    encode: (x, next, deployment) => serverTiming(x, encode(x, next, deployment), deployment),
    slice: inStage('slice'),
  },
  log: inPhase('log', log),
  variables,
})

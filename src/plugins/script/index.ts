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
import { isolate } from './record/isolate.ts'
import { scriptZone } from './script-zone.ts'
import { serverTiming } from './server-timing.ts'
import { variables } from './variables.ts'

/** Runs the script of a location for each request, in a sandbox. */
export default definePlugin({
  name: 'script',
  doc: 'Runs a tenant’s script for each request, in a sandbox with hard limits.',
  directives: { script: scriptDirective, script_zone: scriptZone },
  wraps: true,
  isolate,
  prepare: ({ script, script_zone }, place) => script && deploy(script, place, script_zone),
  ready: makeReady,
  begin: schedule,
  rewrite: request,
  access,
  content: fetch,
  chooseUpstream: (x, named, { upstreams }) => upstreams.for(x, named),
  choosePeer: balance,
  filters: { edit: response, encode: serverTiming },
  log,
  variables,
})

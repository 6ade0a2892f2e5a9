import { definePlugin } from 'gateway/plugin'
import { directives } from './directives.ts'
import { followInLocation, followInServer, type Rules } from './rules.ts'

const NOTHING: Rules['sequence'] = []

/** Runs the sequence of a place: changes URIs, sets variables, decides, answers. */
export default definePlugin({
  name: 'rewrite',
  doc: 'Changes URIs, sets variables, tests conditions, and answers with a status, a text or a redirect.',
  transient: true,
  directives,
  prepare: (config): Rules | undefined => {
    // All words of the sequence have the whole of it.
    const sequence = config.rewrite
    // Who uses a variable that was not set looks up here whether to tell of it.
    if (!sequence && config.uninitialized_variable_warn) return undefined
    return { sequence: sequence ?? NOTHING, logs: config.rewrite_log }
  },
  serverRewrite: followInServer,
  rewrite: followInLocation,
})

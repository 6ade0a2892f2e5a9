import { definePlugin } from 'gateway/plugin'
import { answer, type Cors } from './cors.ts'
import { directives } from './directives.ts'
import { preflight } from './preflight.ts'

/** Lets pages of other origins ask (CORS), as the Fetch standard has it. */
export default definePlugin({
  name: 'cors',
  doc: 'Tells browsers which pages of other origins may read answers, and answers what they ask before.',
  transient: true,
  directives,
  prepare: (config, place): Cors | undefined => {
    const origins = config.cors_allow_origins
    if (!origins) return undefined
    if (origins === 'any' && config.cors_allow_credentials) {
      place.fail(
        'cors_allow_credentials: not for all origins, since then every page could act for whoever looks at it',
        place.markOf('cors_allow_credentials'),
      )
    }
    return {
      origins,
      methods: config.cors_allow_methods,
      headers: config.cors_allow_headers,
      exposed: config.cors_expose_headers,
      credentials: config.cors_allow_credentials ? 'with' : 'without',
      maxAge: config.cors_max_age,
    }
  },
  preaccess: preflight,
  filters: { edit: answer },
})

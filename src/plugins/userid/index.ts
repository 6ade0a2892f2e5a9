import { definePlugin, type Exchange, type Head, mainOf } from 'gateway/plugin'
import { cookieFor } from './cookie.ts'
import { directives } from './directives.ts'
import { printIdentifier } from './identifier.ts'
import { identifierToSet, reset, type UseridConfig, visitorOf } from './visitor.ts'

/** Gives clients a cookie by which they are known again; compatible with mod_uid of Apache. */
export default definePlugin({
  name: 'userid',
  doc: 'Gives clients a cookie by which they are known again.',
  transient: true,
  directives,
  prepare: (config) => (config.userid === 'off' ? undefined : config),
  filters: {
    edit: (x, next, config) => {
      const { userid, userid_p3p } = config
      if (x.parent || userid === 'log' || userid === 'off') return next
      const identifier = identifierToSet(x, userid, config)
      if (!identifier) return next
      const { fields } = x.head as Head
      fields.add('Set-Cookie', cookieFor(x, identifier, config))
      if (userid_p3p !== '') fields.add('P3P', userid_p3p)
      return next
    },
  },
  variables: {
    uid_got: {
      doc: 'The name of the cookie and the identifier that a client has sent.',
      get: (x) => {
        const main = mainOf(x)
        const config = configOf(main)
        const got = config && visitorOf(main, config).got
        return got && `${config.userid_name}=${printIdentifier(got)}`
      },
    },
    uid_set: {
      doc: 'The name of the cookie and the identifier that a client is given.',
      get: (x) => {
        const main = mainOf(x)
        const config = configOf(main)
        if (!config || config.userid === 'log' || config.userid === 'off') return undefined
        const set = identifierToSet(main, config.userid, config)
        return set && `${config.userid_name}=${printIdentifier(set)}`
      },
    },
    uid_reset: {
      doc: 'Where it is set to neither empty nor 0, a client gets a new identifier; with log the error log tells of it.',
      get: (x) => reset.get(x) ?? '',
      set: (x, value) => reset.set(x, value),
    },
  },
})

function configOf(x: Exchange): UseridConfig | undefined {
  const config = x.location.configs.get('userid') as UseridConfig | undefined
  return config?.userid === 'off' ? undefined : config
}

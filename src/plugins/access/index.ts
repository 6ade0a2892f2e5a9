import { definePlugin } from 'gateway/plugin'
import { rules } from './directives.ts'
import { compileRules } from './rules.ts'

/** Lets clients in or out by address. */
export default definePlugin({
  name: 'access',
  doc: 'Allows and denies clients by address; the first rule that fits decides.',
  transient: true,
  directives: { allow: rules, deny: rules },
  prepare: (config) => (config.allow.length > 0 ? compileRules(config.allow) : undefined),
  access: (x, decide) => {
    switch (decide(x.client.address)) {
      case 'allow':
        return 'pass'
      case 'deny':
        // Under `satisfy any` another check may still let the request in.
        if (x.location.settings.satisfy === 'all') x.log('error', 'access forbidden by rule')
        return 403
      case 'none':
        return 'next'
    }
  },
})

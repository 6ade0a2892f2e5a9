import { definePlugin } from 'gateway/plugin'
import { isValid, type Referers, validReferers } from './valid-referers.ts'

/** Tells requests that come from other people's pages. */
export default definePlugin({
  name: 'referer',
  doc: 'Tells by the Referer field whether a request comes from a page it may come from.',
  transient: true,
  directives: { valid_referers: validReferers },
  variables: {
    invalid_referer: {
      doc: 'Empty where the Referer field is valid by `valid_referers`, else 1.',
      get: (x) => {
        const config = x.location.configs.get('referer') as Config | undefined
        const referers = config?.valid_referers
        return referers === undefined || isValid(x, referers) ? '' : '1'
      },
    },
  },
})

interface Config {
  readonly valid_referers: Referers | undefined
}

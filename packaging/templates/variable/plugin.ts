import { definePlugin } from 'gateway/plugin'

const MOBILE = /\b(?:mobile|android|iphone)\b/i

/** A variable: what kind of device asks. */
export default definePlugin({
  name: 'my-plugin',
  doc: 'Knows what kind of device asks.',
  variables: {
    my_plugin: {
      doc: 'The kind of device: mobile or desktop.',
      // Asked for only where somebody names it, and whenever somebody does.
      get: (x) => (MOBILE.test(x.headers.get('user-agent') ?? '') ? 'mobile' : 'desktop'),
    },
  },
})

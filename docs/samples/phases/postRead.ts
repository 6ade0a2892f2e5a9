import { definePlugin } from 'gateway/plugin'

/** Refuses requests of HTTP/1.0 and older, before anything else looks at them. */
export default definePlugin({
  name: 'modern',
  always: true,
  postRead: (x) => (x.version < 11 ? 505 : 'next'),
})

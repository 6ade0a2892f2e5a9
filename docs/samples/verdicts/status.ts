import { definePlugin } from 'gateway/plugin'

/** Ends with a status: `error_page` may have a page for it, else the built-in one is sent. */
export default definePlugin({
  name: 'gone',
  always: true,
  content: (x) => (x.uri === '/gone' ? 410 : 'next'),
})

import { definePlugin, foreignTarget } from 'gateway/plugin'

/** Takes a path that came from outside apart, and none that leads out of the site. */
export default definePlugin({
  name: 'lead',
  always: true,
  content: (x) => {
    const target = foreignTarget(x, x.headers.get('x-lead-to') ?? '')
    return target ? x.respond(200, target.uri) : 400
  },
})

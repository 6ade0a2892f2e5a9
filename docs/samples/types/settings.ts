import { definePlugin, type LocationSettings, type ServerSettings } from 'gateway/plugin'

const told = (own: LocationSettings, server: ServerSettings) =>
  `${own.client_max_body_size} ${server.merge_slashes}`

/** Tells what the kernel's own directives come to where a request is. */
export default definePlugin({
  name: 'tell',
  always: true,
  content: (x) => x.respond(200, told(x.location.settings, x.server.settings)),
})

import { definePlugin } from 'gateway/plugin'
import { geo } from './directive.ts'

/** Variables by the network of an address. */
export default definePlugin({
  name: 'geo',
  doc: 'Defines variables whose values depend on the client’s address.',
  transient: true,
  directives: { geo },
  // All there is to do was done when the block was read.
  prepare: () => undefined,
})

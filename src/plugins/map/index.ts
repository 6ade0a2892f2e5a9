import { definePlugin, number } from 'gateway/plugin'
import { map } from './directive.ts'

/** Variables that depend on others. */
export default definePlugin({
  name: 'map',
  doc: 'Defines variables whose values depend on other variables.',
  transient: true,
  directives: {
    map,
    map_hash_max_size: number({
      in: ['http'],
      default: 2048,
      least: 1,
      doc: 'Accepted for nginx’s sake: tables of `map` grow as needed.',
      idle: 'tables grow as needed',
    }),
    map_hash_bucket_size: number({
      in: ['http'],
      default: 64,
      least: 1,
      doc: 'Accepted for nginx’s sake: tables of `map` grow as needed.',
      idle: 'tables grow as needed',
    }),
  },
  // All there is to do was done when the block was read.
  prepare: () => undefined,
})

import { definePlugin, size } from 'gateway/plugin'
import { slice } from './filter.ts'
import { rangeOf } from './slicing.ts'

/** Asks for long answers piece by piece, each of which may be kept by itself. */
export default definePlugin({
  name: 'slice',
  doc: 'Asks for an answer in slices, by ranges of bytes, and sends them as one.',
  directives: {
    slice: size({
      in: ['http', 'server', 'location'],
      default: 0,
      doc: 'The size of a slice; 0 turns it off. Takes effect where $slice_range becomes the Range field of what is asked for, in requests for GET and HEAD.',
    }),
  },
  prepare: (config) => (config.slice > 0 ? config.slice : undefined),
  // Before not-modified and everything else: they see the whole that the slices are of.
  filters: { receive: slice },
  variables: {
    slice_range: {
      doc: 'The range of the slice that is asked for, as a Range field has it: bytes=0-1048575.',
      get: rangeOf,
    },
  },
})

import { definePlugin, number } from 'gateway/plugin'
import { range } from './filter.ts'

/** Serves byte ranges (RFC 9110 section 14) of responses that allow them. */
export default definePlugin({
  name: 'range',
  doc: 'Answers requests for byte ranges: 206, multipart/byteranges, 416.',
  always: true,
  transient: true,
  directives: {
    max_ranges: number({
      in: ['http', 'server', 'location'],
      default: 2 ** 31 - 1,
      doc: 'How many ranges one request may ask for; with more it gets the whole. 0 turns ranges off.',
    }),
  },
  filters: { slice: range },
})

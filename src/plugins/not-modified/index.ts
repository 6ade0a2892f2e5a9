import { definePlugin, oneOf } from 'gateway/plugin'
import { notModified } from './filter.ts'

/** Answers 304 or 412 where the conditions of a request (RFC 9110 section 13) say so. */
export default definePlugin({
  name: 'not-modified',
  doc: 'Answers conditional requests: 304 Not Modified, 412 Precondition Failed.',
  always: true,
  transient: true,
  directives: {
    if_modified_since: oneOf(['off', 'exact', 'before'], {
      in: ['http', 'server', 'location'],
      default: 'exact',
      doc: 'How Last-Modified and If-Modified-Since are compared: not at all, exactly, or whether the one is not after the other.',
    }),
  },
  // Before every other filter, as in nginx: what they do to fields counts for the answer's reader,
  // not for the comparison.
  filters: { receive: notModified },
})

import { definePlugin, dynamicSize } from 'gateway/plugin'
import { pace } from './pace.ts'
import { variables } from './variables.ts'

const EVERYWHERE = ['http', 'server', 'location', 'if'] as const

/** Limits how fast a response is sent, where a directive, a variable or a peer asks for it. */
export default definePlugin({
  name: 'limit-rate',
  doc: 'Limits how fast a response is sent to the client.',
  always: true,
  transient: true,
  directives: {
    limit_rate: dynamicSize({
      in: EVERYWHERE,
      doc: 'Bytes of its body a second that a response is sent with; 0 for no limit. It is of each request: a client with two gets twice as much. Answers of peers that are not buffered are not limited.',
    }),
    limit_rate_after: dynamicSize({
      in: EVERYWHERE,
      doc: 'How much of a body is sent before limit_rate counts.',
    }),
  },
  variables,
  filters: { slice: pace },
})

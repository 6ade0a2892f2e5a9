import { definePlugin } from 'gateway/plugin'
import { connectionVariables } from './connection.ts'
import { fieldFamilies } from './fields.ts'
import { proxyProtocolFamilies } from './proxy-protocol.ts'
import { requestVariables } from './request.ts'
import { responseVariables } from './response.ts'
import { tlsVariables } from './tls.ts'
import { upstreamFamilies, upstreamVariables } from './upstream.ts'

/** The variables of every request, which belong to no directive. */
export default definePlugin({
  name: 'variables',
  doc: 'What a connection, a request, its response and its upstream are, as variables.',
  variables: {
    ...requestVariables,
    ...connectionVariables,
    ...tlsVariables,
    ...responseVariables,
    ...upstreamVariables,
  },
  families: { ...fieldFamilies, ...proxyProtocolFamilies, ...upstreamFamilies },
})

import {
  type ConfigOf,
  definePlugin,
  type Exchange,
  forwardedFor,
  type Trust,
  type Verdict,
} from 'gateway/plugin'
import { directives } from './directives.ts'
import { type Origin, readOrigin } from './origin.ts'
import { compileProxies } from './proxies.ts'
import { RealClient } from './real-client.ts'

/** Whom to believe in a place, and where the client's address is told. */
interface RealIp extends Trust<Origin> {
  readonly told: (x: Exchange) => readonly string[]
}

/** Replaces the address of a trusted proxy by that of the client behind it. */
export default definePlugin({
  name: 'real-ip',
  doc: 'Takes the client’s address from a request field that a trusted proxy has set.',
  transient: true,
  directives,
  prepare: (config) => (config.set_real_ip_from.length > 0 ? prepare(config) : undefined),
  // What the server says counts before anything else is done, a location may say more.
  postRead: findClient,
  preaccess: findClient,
  variables: {
    realip_remote_addr: {
      doc: 'The address the connection came from, whoever the client is.',
      get: (x) => connected(x).address,
    },
    realip_remote_port: {
      doc: 'The port the connection came from, whoever the client is.',
      get: (x) => `${connected(x).port || ''}`,
    },
  },
})

function prepare(config: ConfigOf<typeof directives>): RealIp {
  const isTrusted = compileProxies(config.set_real_ip_from)
  const isProxy = ({ address }: Origin) => isTrusted(address)
  return { isProxy, recursive: config.real_ip_recursive, told: teller(config.real_ip_header) }
}

function teller(field: string): RealIp['told'] {
  const name = field.toLowerCase()
  if (name === 'proxy_protocol') return byProtocol
  if (name === 'x-forwarded-for') return (x) => x.headers.all(name)
  // As in nginx, only the first line counts.
  return (x) => x.headers.all(name).slice(0, 1)
}

function byProtocol({ client: { proxyProtocol } }: Exchange): readonly string[] {
  if (!proxyProtocol) return []
  const { address, port } = proxyProtocol
  return [port > 0 ? `[${address}]:${port}` : address]
}

function findClient(x: Exchange, config: RealIp): Verdict {
  if (x.client instanceof RealClient) return 'next'
  const origin = forwardedFor<Origin>(x.client, config.told(x), config, readOrigin)
  if (origin === x.client) return 'next'
  const client = new RealClient(x.client, origin)
  // As in nginx, what a subrequest finds out is true of the whole request.
  for (let each: Exchange | undefined = x; each; each = each.parent) each.client = client
  return 'next'
}

function connected({ client }: Exchange) {
  return client instanceof RealClient ? client.proxy : client
}

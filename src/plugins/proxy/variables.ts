import type { Exchange, Variable } from 'gateway/plugin'
import { type Destination, destination, type ProxyPass } from './proxy-pass.ts'

function to(x: Exchange): Destination | undefined {
  const config = x.location.configs.get('proxy') as { proxy_pass?: ProxyPass } | undefined
  return config?.proxy_pass && destination(x, config.proxy_pass)
}

function forwardedFor(x: Exchange): string {
  const before = x.headers.all('x-forwarded-for')
  return [...before, x.client.address].join(', ')
}

export const variables: Readonly<Record<string, Variable>> = {
  proxy_host: {
    doc: 'Name and port of the server, as proxy_pass says.',
    get: (x) => to(x)?.host,
  },
  proxy_port: {
    doc: 'Port of the server, as proxy_pass says, or the default port.',
    get: (x) => to(x)?.port,
  },
  proxy_add_x_forwarded_for: {
    doc: 'The X-Forwarded-For field of the request with $remote_addr added to it.',
    get: forwardedFor,
  },
}

import type { Exchange } from './exchange.ts'

/** A path as a Location field should name it (`absolute_redirect` and its companions). */
export function absoluteUrl(x: Exchange, path: string): string {
  const { settings } = x.location
  if (!settings.absolute_redirect || !path.startsWith('/')) return path
  const scheme = x.client.secure ? 'https' : 'http'
  const named = settings.server_name_in_redirect ? x.server.name : x.host
  const host = named || bracketed(x.client.localAddress)
  const port = x.client.localPort
  const usual = port === 0 || port === (x.client.secure ? 443 : 80)
  const suffix = settings.port_in_redirect && !usual ? `:${port}` : ''
  return `${scheme}://${host}${suffix}${path}`
}

function bracketed(address: string): string {
  if (address.startsWith('unix:')) return 'localhost'
  return address.includes(':') ? `[${address}]` : address
}

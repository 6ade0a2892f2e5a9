import { isIP, type Socket } from 'node:net'
import type { buildConnector } from 'undici'
import { egressDenied, fetchFailed } from '../errors.ts'
import type { EgressList } from './egress-list.ts'
import { httpClient } from './http-client.ts'
import type { Resolve } from './resolver.ts'

/** Of the addresses of a name, so many are tried, one after the other. */
const MOST_TRIED = 3

export interface ConnectorOptions {
  readonly list: EgressList
  readonly resolve: Resolve
  /** For each address, in milliseconds. */
  readonly timeout: number
  /** Certificates to trust instead of Node's own. */
  readonly ca?: string
}

/**
 * Makes every connection of a script, so that nothing gets around it: a name is resolved once, its
 * addresses are checked, and a checked address itself is connected to. A name server that answers
 * otherwise a moment later is not asked again. TLS still verifies the name.
 */
export function checkedConnector(options: ConnectorOptions): buildConnector.connector {
  const open = httpClient().buildConnector({
    timeout: options.timeout,
    ...(options.ca === undefined ? {} : { ca: options.ca }),
  })
  return (target, callback) => {
    connect(options, open, target).then(
      (socket) => callback(null, socket),
      (error: Error) => callback(error, null),
    )
  }
}

async function connect(
  options: ConnectorOptions,
  open: buildConnector.connector,
  target: buildConnector.Options,
): Promise<Socket> {
  let failure: unknown
  for (const address of await checkedAddresses(options, target)) {
    try {
      return await openTo(open, target, address)
    } catch (error) {
      failure = error
    }
  }
  throw fetchFailed(failure)
}

async function checkedAddresses(
  { list, resolve }: ConnectorOptions,
  { hostname, protocol, port }: buildConnector.Options,
): Promise<readonly string[]> {
  const all = isIP(hostname) === 0 ? await resolve(hostname) : [hostname]
  if (all.length === 0) throw fetchFailed(`${hostname} has no address`)
  const number = Number(port) || (protocol === 'https:' ? 443 : 80)
  const allowed = all.filter((address) => list.allowsAddress(address, number, protocol))
  if (allowed.length === 0) throw egressDenied(`${hostname} is at ${all.slice(0, MOST_TRIED)}`)
  return allowed.slice(0, MOST_TRIED)
}

function openTo(
  open: buildConnector.connector,
  target: buildConnector.Options,
  address: string,
): Promise<Socket> {
  // The name goes into the certificate check, never into another look-up.
  const servername = isIP(target.hostname) === 0 ? target.hostname : undefined
  const { httpSocket: _, ...rest } = target
  const to = { ...rest, hostname: address, ...(servername === undefined ? {} : { servername }) }
  return new Promise((resolve, reject) => {
    open(to, (error, socket) => (error ? reject(error) : resolve(socket as Socket)))
  })
}

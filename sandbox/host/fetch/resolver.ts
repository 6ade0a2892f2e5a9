import { Resolver } from 'node:dns/promises'

/** The addresses of a host name, best first. Rejects or gives none where there are none. */
export type Resolve = (host: string) => Promise<readonly string[]>

/** How often a name server is asked. */
const TRIES = 2

/**
 * Asks the name servers of the system, or these, `timeout` milliseconds each time. Not `getaddrinfo`: it
 * takes one of the few threads that files and crypto need as well, for as long as a hostile name
 * server likes. So /etc/hosts does not count; a host of the own network is named as an address.
 */
export function systemResolver(timeout: number, servers?: readonly string[]): Resolve {
  const resolver = new Resolver({ timeout, tries: TRIES })
  if (servers !== undefined) resolver.setServers(servers)
  return async (host) => {
    const answers = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)])
    return answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
  }
}

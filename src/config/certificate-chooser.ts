import type { Client } from '../kernel/exchange/client.ts'
import type { Awaitable } from '../kernel/phase/verdict.ts'
import type { CertificateChooser, CertificatePair } from '../kernel/tls/certificate-pair.ts'
import type { Member } from './members.ts'

/** Asks the members of a server that choose certificates, one after another; undefined for none. */
export function certificateChooser(members: readonly Member[]): CertificateChooser | undefined {
  const choosers = members.flatMap(({ config, plugin: { certificate } }): CertificateChooser[] => {
    return certificate ? [(name, client) => certificate(name, client, config)] : []
  })
  return choosers.length > 0 ? (name, client) => firstOf(choosers, name, client) : undefined
}

function firstOf(
  [chooser, ...others]: readonly CertificateChooser[],
  name: string,
  client: Client,
): Awaitable<CertificatePair | undefined> {
  const found = chooser?.(name, client)
  if (others.length === 0) return found
  const orNext = (pair: CertificatePair | undefined) => pair ?? firstOf(others, name, client)
  return found instanceof Promise ? found.then(orNext) : orNext(found)
}

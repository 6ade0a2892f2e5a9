import type { Client } from '../exchange/client.ts'
import type { Awaitable } from '../phase/verdict.ts'

/** A certificate and its key, as PEM; those of its authorities stand behind it. */
export interface CertificatePair {
  readonly certificate: string
  readonly key: string
}

/**
 * Chooses what a server shows to a client that asks for a name, in lower case; `` for none. Of the
 * client it is known what its first message says. Undefined leaves it to the server.
 */
export type CertificateChooser = (
  serverName: string,
  client: Client,
) => Awaitable<CertificatePair | undefined>

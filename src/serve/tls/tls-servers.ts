import type { GatewayError } from '../../base/errors.ts'
import {
  certificateMissing,
  certificateWrong,
  misdirected,
  plainRequest,
} from '../../base/errors.ts'
import type { ServerPlan } from '../../kernel/phase/plan.ts'
import type { ServerNames } from '../../kernel/route/server-names.ts'
import type { TlsClient } from './tls-client.ts'
import type { TlsServer } from './tls-server.ts'

/** How the servers of one address speak TLS. */
export class TlsServers {
  readonly #names: ServerNames
  readonly #servers: ReadonlyMap<ServerPlan, TlsServer>

  constructor(names: ServerNames, servers: ReadonlyMap<ServerPlan, TlsServer>) {
    this.#names = names
    this.#servers = servers
  }

  /** How long a client may take, whichever server it will name, in milliseconds. */
  get patience(): number {
    return this.#servers.get(this.#names.default)?.settings.ssl_handshake_timeout ?? 60_000
  }

  /** The server that a client has named. */
  find(name: string): ServerPlan {
    return this.#names.find(name)
  }

  /** How it speaks; undefined where it does not want to. One without a certificate has the default's. */
  of(plan: ServerPlan): TlsServer | undefined {
    const server = this.#servers.get(plan) ?? this.#servers.get(this.#names.default)
    return server?.settings.ssl_reject_handshake ? undefined : server
  }

  /** Why a request is not served that came over this connection. */
  fault(plan: ServerPlan, client: TlsClient | undefined): GatewayError | undefined {
    if (!client) return plainRequest()
    const server = this.#servers.get(plan)
    // What was checked for another server does not count for this one.
    if (client.server !== plan && client.serverName !== undefined && server?.asksClients) {
      return misdirected()
    }
    const { ssl_verify_client = 'off' } = server?.settings ?? {}
    if (ssl_verify_client === 'off') return undefined
    if (!client.certificate) return ssl_verify_client === 'on' ? certificateMissing() : undefined
    const isWrong =
      ssl_verify_client === 'optional_no_ca' ? client.isUnacceptable : client.verified !== 'SUCCESS'
    return isWrong ? certificateWrong(client.verified) : undefined
  }
}

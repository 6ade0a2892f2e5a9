import type { Connector } from '../../kernel/upstream/connecting.ts'
import type { TlsTerms } from '../../kernel/upstream/tls-terms.ts'
import type { UpstreamConnection } from '../../kernel/upstream/upstream-connection.ts'
import { PeerHandshake } from './peer-handshake.ts'
import type { PeerTls } from './peer-tls.ts'

/** TLS with a peer that is expected to have a name. */
export class PeerTerms implements TlsTerms {
  readonly tls: PeerTls
  readonly name: string
  readonly key: string

  constructor(tls: PeerTls, name: string, key: string) {
    this.tls = tls
    this.name = name
    this.key = key
  }

  agree(connector: Connector, connection: UpstreamConnection, until: number): void {
    new PeerHandshake(connector, connection, this).begin(until)
  }
}

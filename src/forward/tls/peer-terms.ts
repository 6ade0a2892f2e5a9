import type { Connector } from '../../kernel/upstream/connecting.ts'
import type { TlsTerms } from '../../kernel/upstream/tls-terms.ts'
import type { UpstreamConnection } from '../../kernel/upstream/upstream-connection.ts'
import type { PeerContext } from './peer-context.ts'
import { PeerHandshake } from './peer-handshake.ts'

/** TLS with a peer that is expected to have a name. */
export class PeerTerms implements TlsTerms {
  readonly tls: PeerContext
  /** With or without a port. */
  readonly written: string
  readonly name: string
  readonly key: string

  constructor(tls: PeerContext, written: string) {
    this.tls = tls
    this.written = written
    this.name = /^\[([^\]]*)\]/.exec(written)?.[1] ?? written.replace(/:\d*$/, '')
    this.key = `${tls.identity} ${this.name}`
  }

  agree(connector: Connector, connection: UpstreamConnection, until: number): void {
    new PeerHandshake(connector, connection, this).begin(until)
  }
}

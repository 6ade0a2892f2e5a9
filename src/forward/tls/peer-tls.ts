import type { Mark } from '../../kernel/directive/mark.ts'
import type { TlsTerms } from '../../kernel/upstream/tls-terms.ts'
import { followPeerFiles } from './followed-files.ts'
import { PeerContext, type PeerTlsSettings } from './peer-context.ts'
import { PeerTerms } from './peer-terms.ts'

/** How a place speaks TLS with its peers, now and when files have changed. */
export class PeerTls {
  #context: PeerContext
  /** Most places have one name for all requests. */
  #latest: PeerTerms | undefined = undefined

  /** Throws a `ConfigError` for what does not fit together. */
  constructor(settings: PeerTlsSettings, mark: Mark) {
    this.#context = new PeerContext(settings, mark)
  }

  /** The terms for a peer of this name, as files are now; `host:port` and `[v6]` are understood. */
  terms(written: string): TlsTerms {
    if (this.#latest?.written !== written) this.#latest = new PeerTerms(this.#context, written)
    return this.#latest
  }

  /**
   * What a worker begins: takes up files that change, whole or not at all. Connections that were made
   * before stay with the requests they serve. Returns what ends it.
   */
  begin(): () => void {
    return followPeerFiles(this.#context, (context) => {
      this.#context = context
      this.#latest = undefined
    })
  }
}

import type { LocalAddress } from './local-address.ts'
import type { Peer } from './peer.ts'
import type { TlsTerms } from './tls-terms.ts'
import type { UpstreamConnection } from './upstream-connection.ts'

/**
 * The idle connections of one upstream in this worker, most recently used first (`keepalive`).
 * There is no limit on connections in use; when more than `size` would be idle, the least
 * recently used one is closed.
 */
export class KeepalivePool {
  readonly size: number
  idle = 0
  #newest: UpstreamConnection | undefined
  #oldest: UpstreamConnection | undefined

  constructor(size: number) {
    this.size = size
  }

  /**
   * The most recently used idle connection from here to this peer, on which TLS is spoken on just
   * these terms, or not at all; `usedBy` takes it out.
   */
  find(peer: Peer, local?: LocalAddress, tls?: TlsTerms): UpstreamConnection | undefined {
    const name = local?.name
    const key = tls?.key
    const fits = (one: UpstreamConnection) => {
      return one.peer === peer && one.local?.name === name && one.tls?.key === key
    }
    let each = this.#newest
    while (each && !fits(each)) each = each.older
    return each
  }

  /** Takes over a connection that just became idle. */
  put(connection: UpstreamConnection): void {
    if (this.size === 0) {
      connection.close()
      return
    }
    connection.older = this.#newest
    connection.newer = undefined
    if (this.#newest) this.#newest.newer = connection
    else this.#oldest = connection
    this.#newest = connection
    if (++this.idle > this.size) this.#oldest?.close()
  }

  /** Forgets a connection; it was taken, or is being closed. */
  remove(connection: UpstreamConnection): void {
    const { older, newer } = connection
    if (newer) newer.older = older
    else this.#newest = older
    if (older) older.newer = newer
    else this.#oldest = newer
    connection.older = undefined
    connection.newer = undefined
    this.idle--
  }

  closeAll(): void {
    while (this.#oldest) this.#oldest.close()
  }
}

import { clock } from '../../base/clock.ts'
import type { Mark } from '../directive/mark.ts'
import type { Exchange } from '../exchange/exchange.ts'
import type { Awaitable } from '../phase/verdict.ts'
import {
  PEER_DEFAULTS,
  type ServerLine,
  type UpstreamSettings,
  upstreamDirectives,
} from '../settings/upstream.ts'
import type { Slots } from '../socket/slots.ts'
import type { Balancer, Peers } from './balancer.ts'
import { type HealthSharing, UNSHARED } from './health.ts'
import { KeepalivePool } from './keepalive-pool.ts'
import { Peer, type PeerAddress } from './peer.ts'
import { formatAddress, parsePeerTarget, USUAL_PORT, withPort } from './peer-target.ts'
import { literalAddress, resolveTarget } from './resolve.ts'
import { nextByWeight } from './round-robin.ts'
import type { UpstreamConnection } from './upstream-connection.ts'

/** Makes an upstream's balancer, once its peers are known. */
export type BalancerFactory = (peers: Peers) => Balancer

/** What a worker lends its upstreams. */
export interface UpstreamHost {
  readonly slots: Slots
  /** Shares what is found out of an upstream's peers with the other workers. */
  readonly health: (upstream: Upstream) => HealthSharing
  warn(text: string): void
}

/** Named peers, who is asked next, and the idle connections to them. */
export class Upstream implements Peers {
  readonly name: string
  readonly settings: UpstreamSettings
  /** Where it was written, or used first when it has no block of its own. */
  readonly mark: Mark | undefined
  /** Whether it is a block's, or stands for an address. */
  readonly origin: 'block' | 'address'
  readonly pool: KeepalivePool
  /** In the order written, a name's addresses one after another; backups too. */
  list: readonly Peer[] = []
  /** How many peers one request may ask. */
  tries = 0
  health: HealthSharing = UNSHARED
  #primary: readonly Peer[] = []
  #backup: readonly Peer[] = []
  #balancer: Balancer | undefined
  #closed = false
  #slots: Slots | undefined
  readonly #factory: BalancerFactory | undefined

  constructor(
    name: string,
    settings: UpstreamSettings,
    factory: BalancerFactory | undefined,
    mark: Mark | undefined,
    origin: 'block' | 'address' = 'block',
  ) {
    this.name = name
    this.origin = origin
    this.settings = settings
    this.mark = mark
    this.pool = new KeepalivePool(settings.keepalive)
    this.#factory = factory
    this.#setPeers(settings.server.map((line) => [line, literalAddresses(line)]))
  }

  get upstream(): string {
    return this.name
  }

  /** The connection slots of the worker this upstream was opened in. */
  get slots(): Slots {
    if (!this.#slots) throw new Error(`upstream "${this.name}" is not open`)
    return this.#slots
  }

  /** Whether no name has to be looked up: every peer was written with its address. */
  get literal(): boolean {
    return this.settings.server.every((line) => literalAddress(line.target) !== undefined)
  }

  /** Resolves names and makes it ready to be asked in this worker. */
  async open(host: UpstreamHost): Promise<void> {
    this.#slots = host.slots
    // A peer on its own never fails out, and a name may turn out to be several peers.
    if (!this.literal || this.list.length > 1) this.health = host.health(this)
    if (this.literal) return
    const { server } = this.settings
    const found = await Promise.all(server.map((line) => resolveTarget(line.target)))
    this.#setPeers(server.map((line, i) => [line, found[i] as PeerAddress[]]))
    for (const peer of this.list) {
      if (!peer.settings.address) {
        host.warn(`host not found in upstream "${peer.name}"; requests to it get 502`)
      }
    }
  }

  /** The peer to ask next; undefined when none is left. */
  choose(x: Exchange, tried: ReadonlySet<Peer>): Awaitable<Peer | undefined> {
    return this.#balancer ? this.#balancer(x, tried) : this.next(x, tried)
  }

  usable(peer: Peer, tried: ReadonlySet<Peer>): boolean {
    if (peer.settings.down || tried.has(peer) || peer.full) return false
    // As in nginx, a peer on its own never fails out: there is nobody to ask instead.
    return this.list.length === 1 || !peer.failedOut(clock.now)
  }

  next(_x: Exchange, tried: ReadonlySet<Peer>): Peer | undefined {
    const [only] = this.list
    if (only && this.list.length === 1) return this.usable(only, tried) ? only : undefined
    return nextByWeight(this, this.#primary, tried) ?? nextByWeight(this, this.#backup, tried)
  }

  /** A request is through with a connection: it is kept if it may be, else closed. */
  release(connection: UpstreamConnection, keep: boolean): void {
    const { keepalive, keepalive_requests, keepalive_time, keepalive_timeout } = this.settings
    const worn =
      connection.requests >= keepalive_requests || clock.now - connection.openedAt >= keepalive_time
    if (keep && !worn && !this.#closed && keepalive > 0)
      connection.keep(keepalive_timeout, clock.now)
    else connection.close()
  }

  /** Nobody will ask it any more: idle connections are closed, those in use when they are through. */
  close(): void {
    this.#closed = true
    this.pool.closeAll()
  }

  #setPeers(lines: readonly (readonly [ServerLine, readonly PeerAddress[]])[]): void {
    this.list = lines.flatMap(([line, addresses]) => peersOf(line, addresses))
    this.#primary = this.list.filter((peer) => !peer.settings.backup)
    this.#backup = this.list.filter((peer) => peer.settings.backup)
    this.tries = this.list.filter((peer) => !peer.settings.down).length
    this.#balancer = this.#factory?.(this)
  }
}

/** The upstream of a block. */
export function createUpstream(
  name: string,
  settings: UpstreamSettings,
  factory: BalancerFactory | undefined,
  mark?: Mark,
): Upstream {
  return new Upstream(name, settings, factory, mark)
}

/**
 * The upstream that `host:port` or `unix:/path` stands for where no block has that name. A string
 * is what is wrong with the address, as a lower-case fragment.
 */
export function implicitUpstream(
  address: string,
  factory: BalancerFactory | undefined,
  mark?: Mark,
): Upstream | string {
  const target = parsePeerTarget(address, USUAL_PORT)
  if (typeof target === 'string') return target
  const server = [{ ...PEER_DEFAULTS, name: address, target }]
  return new Upstream(address, { ...DEFAULTS, server }, factory, mark, 'address')
}

/**
 * Of upstreams by their names, the block of this one, else what stands for the address; `port` is
 * for those that name none.
 */
export function upstreamOf(
  named: ReadonlyMap<string, Upstream>,
  text: string,
  port: number,
): Upstream | undefined {
  const known = named.get(text)
  return known?.origin === 'block' ? known : named.get(withPort(text, port))
}

const DEFAULTS = Object.fromEntries(
  Object.entries(upstreamDirectives).map(([name, { initial }]) => [name, initial]),
) as unknown as UpstreamSettings

function literalAddresses(line: ServerLine): PeerAddress[] {
  const address = literalAddress(line.target)
  return address ? [address] : []
}

/** One peer for each address; one without an address where the name has none. */
function peersOf(line: ServerLine, addresses: readonly PeerAddress[]): Peer[] {
  const { target: _, name: server, ...rest } = line
  const settings = { ...rest, server }
  if (addresses.length === 0) return [new Peer({ ...settings, name: server, address: undefined })]
  return addresses.map((address) => {
    return new Peer({ ...settings, name: formatAddress(address), address })
  })
}

import { steadyTime } from '../../base/clock.ts'
import { upstreamUnknown } from '../../base/errors.ts'
import { removeZonesOfDeadMaster, zoneDirectory } from '../../storage/zone/zone-directory.ts'
import type { Awaitable } from '../phase/verdict.ts'
import type { Slots } from '../socket/slots.ts'
import { UNSHARED } from './health.ts'
import { USUAL_PORT, withPort } from './peer-target.ts'
import { SharedHealth } from './shared-health.ts'
import { implicitUpstream, type Upstream, type UpstreamHost, upstreamOf } from './upstream.ts'

/** Upstreams that variables led to and that are kept for the next request. */
const CACHED_LIMIT = 1000
/** How long the addresses of a name are believed, in milliseconds; and that it has none. */
const NAME_TTL = 30_000
const MISSING_TTL = 5000

interface Found {
  readonly upstream: Upstream
  /** When the name has to be looked up again; Infinity for addresses. */
  readonly until: number
}

let host: UpstreamHost | undefined
let shared: SharedHealth | undefined
let named = new Map<string, Upstream>()
const found = new Map<string, Found>()
const looking = new Map<string, Promise<Upstream>>()

/**
 * Makes the upstreams of a configuration ready in this worker, before it accepts: names are
 * resolved, and those that cannot be are warned of.
 */
export async function openUpstreams(
  upstreams: readonly Upstream[],
  slots: Slots,
  warn: (text: string) => void,
): Promise<void> {
  const directory = zoneDirectory()
  if (directory !== undefined) removeZonesOfDeadMaster(directory)
  shared?.close()
  shared = directory === undefined ? undefined : new SharedHealth(directory, warn)
  const sharing = shared
  const worker = { slots, warn, health: (each: Upstream) => sharing?.of(each) ?? UNSHARED }
  // Upstreams that requests lead to come and go: what is found out of them stays here.
  host = { slots, warn, health: () => UNSHARED }
  named = new Map(upstreams.map((upstream) => [upstream.name, upstream]))
  await Promise.all(upstreams.map((upstream) => upstream.open(worker)))
  sharing?.look()
}

/** Closes the idle connections of this worker's upstreams. */
export function closeUpstreams(): void {
  for (const upstream of named.values()) upstream.close()
  for (const { upstream } of found.values()) upstream.close()
  found.clear()
  shared?.close()
}

/**
 * The upstream a text made at run time leads to: a name from the configuration, else `host:port`
 * or `unix:/path`; `port` is for those that name none. Names are looked up and believed for half a
 * minute. Throws a `GatewayError`
 * for what is no address.
 */
export function findUpstream(written: string, port = USUAL_PORT): Awaitable<Upstream> {
  const known = upstreamOf(named, written, port)
  if (known) return known
  const text = withPort(written, port)
  const cached = found.get(text)
  if (cached && cached.until > steadyTime()) return cached.upstream
  const under = looking.get(text)
  if (under) return under
  if (!host) throw new Error('no upstreams are open')
  const upstream = implicitUpstream(text, undefined)
  if (typeof upstream === 'string') throw upstreamUnknown(written)
  return lookUp(text, upstream, cached, host)
}

function lookUp(
  text: string,
  upstream: Upstream,
  before: Found | undefined,
  worker: UpstreamHost,
): Awaitable<Upstream> {
  const opened = upstream.open(worker)
  if (upstream.literal) {
    remember(text, upstream, Number.POSITIVE_INFINITY)
    return upstream
  }
  const looked = opened.then(() => {
    looking.delete(text)
    // The same addresses as before: the connections to them are worth keeping.
    const kept = before && sameAddresses(before.upstream, upstream) ? before.upstream : upstream
    const missing = kept.list.every((peer) => peer.settings.address === undefined)
    remember(text, kept, steadyTime() + (missing ? MISSING_TTL : NAME_TTL))
    return kept
  })
  looking.set(text, looked)
  return looked
}

function remember(text: string, upstream: Upstream, until: number): void {
  const before = found.get(text)
  if (before && before.upstream !== upstream) before.upstream.close()
  found.delete(text)
  found.set(text, { upstream, until })
  if (found.size <= CACHED_LIMIT) return
  const [oldest] = found
  if (!oldest) return
  found.delete(oldest[0])
  oldest[1].upstream.close()
}

function sameAddresses(one: Upstream, other: Upstream): boolean {
  const names = (upstream: Upstream) => upstream.list.map((peer) => peer.name).join()
  return names(one) === names(other)
}

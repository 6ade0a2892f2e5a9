import { existsSync } from 'node:fs'
import { isBusy } from '../../storage/zone/open-database.ts'
import { storeFile, type Zone, ZoneStore } from '../../storage/zone/zone-store.ts'
import type { HealthSharing } from './health.ts'
import type { Peer } from './peer.ts'
import type { Upstream } from './upstream.ts'

/** How often a worker looks for what the others have found out, in milliseconds. */
const LOOK_EVERY = 250
/** Health is forgotten so long after the last change, in milliseconds. */
const MEMORY = 3_600_000

/** What the workers know together of one peer. */
interface Record {
  readonly fails: number
  readonly failedAt: number
  readonly checkedAt: number
}

/**
 * The health of upstreams' peers as all workers know it. Nothing is opened, and nothing is
 * written, before the first peer fails in some worker.
 */
export class SharedHealth {
  readonly #directory: string
  readonly #warn: (text: string) => void
  readonly #upstreams: UpstreamHealth[] = []
  readonly #timer: NodeJS.Timeout
  #store: ZoneStore | undefined
  #broken = false

  /** `warn` is called once, if the workers cannot share after all. */
  constructor(directory: string, warn: (text: string) => void) {
    this.#directory = directory
    this.#warn = warn
    this.#timer = setInterval(() => this.look(), LOOK_EVERY)
    this.#timer.unref()
  }

  of(upstream: Upstream): HealthSharing {
    const health = new UpstreamHealth(upstream, this)
    this.#upstreams.push(health)
    return health
  }

  /** Takes over what other workers have written since the last look. */
  look(): void {
    if (this.#broken || (!this.#store && !existsSync(storeFile(this.#directory)))) return
    const first = !this.#store
    const store = this.#open()
    if (!store) return
    try {
      if (!store.changed() && !first) return
      for (const each of this.#upstreams) each.load(store)
    } catch (error) {
      this.#fail(error)
    }
  }

  /** Does something with the store; `otherwise` where there is none. */
  use<T>(work: (store: ZoneStore) => T, otherwise: T): T {
    const store = this.#open()
    if (!store) return otherwise
    try {
      return work(store)
    } catch (error) {
      this.#fail(error)
      return otherwise
    }
  }

  close(): void {
    clearInterval(this.#timer)
    this.#store?.close()
    this.#store = undefined
    this.#broken = true
  }

  #open(): ZoneStore | undefined {
    if (this.#broken || this.#store) return this.#store
    try {
      this.#store = ZoneStore.open(this.#directory)
    } catch (error) {
      this.#fail(error)
    }
    return this.#store
  }

  /** Each worker counts for itself from now on. */
  #fail(error: unknown): void {
    // What one worker could not write it knows itself; the next change is written again.
    if (isBusy(error)) return
    const [text] = (error instanceof Error ? error.message : String(error)).split('\n')
    this.#warn(`health of upstreams is not shared between workers: ${text}`)
    this.close()
  }
}

/** The part of the store that is about one upstream. */
class UpstreamHealth implements HealthSharing {
  readonly #upstream: Upstream
  readonly #shared: SharedHealth
  #zone: Zone | undefined

  constructor(upstream: Upstream, shared: SharedHealth) {
    this.#upstream = upstream
    this.#shared = shared
  }

  failed(peer: Peer, now: number): number {
    return this.#change(
      peer,
      (before) => ({ fails: (before?.fails ?? 0) + 1, failedAt: now, checkedAt: now }),
      peer.fails + 1,
    )
  }

  recovered(peer: Peer): void {
    this.#shared.use((store) => this.#in(store).delete(peer.name), undefined)
  }

  probed(peer: Peer, now: number): void {
    const { fails, failedAt } = peer
    this.#change(
      peer,
      (before) => ({ ...(before ?? { fails, failedAt }), checkedAt: now }),
      peer.fails,
    )
  }

  load(store: ZoneStore): void {
    const known = new Map(this.#in(store).entries())
    for (const peer of this.#upstream.list) {
      const text = known.get(peer.name)
      if (text !== undefined) Object.assign(peer, JSON.parse(text) as Record)
      else peer.fails = 0
    }
  }

  /** Changes a peer's record; returns its failures, or `otherwise` where nothing is shared. */
  #change(peer: Peer, change: (before: Record | undefined) => Record, otherwise: number): number {
    return this.#shared.use((store) => {
      let { fails } = peer
      this.#in(store).update(
        peer.name,
        (text) => {
          const after = change(text === undefined ? undefined : (JSON.parse(text) as Record))
          fails = after.fails
          return JSON.stringify(after)
        },
        MEMORY,
      )
      return fails
    }, otherwise)
  }

  #in(store: ZoneStore): Zone {
    this.#zone ??= store.zone(`upstream ${this.#upstream.settings.zone ?? this.#upstream.name}`)
    return this.#zone
  }
}

import { steadyTime } from 'gateway/plugin'
import { FUEL_PER_MS } from '../../../sandbox/engine/limits.ts'
import { NOBODY, type ScriptSettings } from './settings.ts'

/** How long a tenant that was idle may use all of the processor, as milliseconds of its share. */
const BURST = 1000

/**
 * What a tenant may use of a worker's processor, all its scripts together: a bucket of fuel that
 * fills with its share of the time, and that is paid from after each turn. So it can be overdrawn,
 * by what was under way when it was empty.
 */
export class TenantShare {
  #rate: number
  #level: number
  #at = steadyTime()

  /** `share` is a part of one processor. */
  constructor(share: number) {
    this.#rate = share * FUEL_PER_MS
    this.#level = this.#rate * BURST
  }

  /** Another script of the tenant has this share: the least counts. */
  limitTo(share: number): void {
    this.#rate = Math.min(this.#rate, share * FUEL_PER_MS)
    this.#level = Math.min(this.#level, this.#rate * BURST)
  }

  /** Whether there is something left. */
  admits(): boolean {
    this.#fill()
    return this.#level > 0
  }

  /** Seconds until there is, whole ones. */
  get wait(): number {
    this.#fill()
    return Math.max(Math.ceil(-this.#level / this.#rate / 1000), 1)
  }

  burnt(fuel: number): void {
    this.#level -= fuel
  }

  #fill(): void {
    const now = steadyTime()
    if (now === this.#at) return
    this.#level = Math.min(this.#level + (now - this.#at) * this.#rate, this.#rate * BURST)
    this.#at = now
  }
}

const shares = new Map<string, TenantShare>()

/** The bucket of a tenant in this process. */
export function shareOf(tenant: string, share: number): TenantShare {
  const known = shares.get(tenant)
  if (!known) {
    const made = new TenantShare(share)
    shares.set(tenant, made)
    return made
  }
  known.limitTo(share)
  return known
}

/** The bucket a script is paid for from; one that names no tenant has nobody to share with. */
export function shareFor({ file, limits, tenant }: ScriptSettings): TenantShare {
  return shareOf(tenant === NOBODY ? file : tenant, limits.cpuShare)
}

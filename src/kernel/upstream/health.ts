import type { Peer } from './peer.ts'

/** Tells the other workers what became of a peer; see `shared-health.ts`. */
export interface HealthSharing {
  /** A failure more, `now`; the total of all workers comes back. */
  failed(peer: Peer, now: number): number
  /** The peer works again. */
  recovered(peer: Peer): void
  /** A peer that had failed out is given another chance `now`; one worker's try is enough. */
  probed(peer: Peer, now: number): void
}

/** What a worker on its own does: its own counts are all there is. */
export const UNSHARED: HealthSharing = {
  failed: (peer) => peer.fails + 1,
  recovered: () => undefined,
  probed: () => undefined,
}

/** A peer was chosen: one that has not been looked at for `fail_timeout` is being probed now. */
export function noteChosen(peer: Peer, now: number, sharing: HealthSharing): void {
  if (now - peer.checkedAt <= peer.settings.failTimeout) return
  peer.checkedAt = now
  if (peer.fails > 0) sharing.probed(peer, now)
}

/**
 * A failed attempt: it counts towards `max_fails` and lowers the peer's weight. Returns whether
 * the peer has just failed out.
 */
export function noteFailure(peer: Peer, now: number, sharing: HealthSharing): boolean {
  const { maxFails, weight } = peer.settings
  peer.fails = sharing.failed(peer, now)
  peer.failedAt = now
  peer.checkedAt = now
  if (maxFails === 0) return false
  peer.effectiveWeight = Math.max(0, peer.effectiveWeight - Math.floor(weight / maxFails))
  return peer.fails >= maxFails
}

/** A finished attempt. Failures are forgotten once an attempt begun after the last one worked. */
export function noteSuccess(peer: Peer, sharing: HealthSharing): void {
  if (peer.fails === 0 || peer.failedAt >= peer.checkedAt) return
  peer.fails = 0
  sharing.recovered(peer)
}

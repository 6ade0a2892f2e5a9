/** Where a peer is reached: an IP address and port, or the path of a unix socket. */
export type PeerAddress =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string }

/** What a `server` line of an upstream block says of each of its peers. Times in milliseconds. */
export interface PeerSettings {
  /** As logged, and in `$upstream_addr`: `10.0.0.1:8080`, `unix:/run/app.sock`. */
  readonly name: string
  /** As its `server` line names it; the addresses of one name share it. */
  readonly server: string
  /** Undefined when the name could not be resolved at start: every attempt fails at once. */
  readonly address: PeerAddress | undefined
  readonly weight: number
  /** 0: unlimited. */
  readonly maxConns: number
  /** 0: failures are not counted. */
  readonly maxFails: number
  readonly failTimeout: number
  readonly backup: boolean
  readonly down: boolean
}

/** One backend of an upstream and what this worker knows of it. */
export class Peer {
  readonly settings: PeerSettings
  /** Attempts under way from this worker. */
  active = 0
  /** Failures since the last success, as nginx counts them. */
  fails = 0
  /** When the last failure was counted, in milliseconds; 0 for never. */
  failedAt = 0
  /** When it last failed, or was last given another chance. */
  checkedAt = 0
  /** Weight as lowered by failures and slowly raised again (nginx's effective_weight). */
  effectiveWeight: number
  /** Smooth round robin's running sum. */
  currentWeight = 0

  constructor(settings: PeerSettings) {
    this.settings = settings
    this.effectiveWeight = settings.weight
  }

  get name(): string {
    return this.settings.name
  }

  /** Whether it failed so often lately that it is left alone until `fail_timeout` has passed. */
  failedOut(now: number): boolean {
    const { maxFails, failTimeout } = this.settings
    return maxFails > 0 && this.fails >= maxFails && now - this.checkedAt <= failTimeout
  }

  get full(): boolean {
    const { maxConns } = this.settings
    return maxConns > 0 && this.active >= maxConns
  }
}

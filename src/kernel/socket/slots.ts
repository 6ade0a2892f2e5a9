/** What occupies a connection slot: a client connection or an upstream connection. */
export interface SlotOwner {
  /** A deadline set with `armRead` or `armWrite` has passed. */
  onDeadline(kind: 'read' | 'write'): void
  /** The slot is wanted by someone else: an idle connection closes itself now. */
  onReclaim(): void
}

/** As in nginx, an eighth of the idle connections is closed at once when no slot is free. */
const RECLAIM_SHARE = 8
const RECLAIM_MOST = 32
const NONE = -1

/**
 * The connection slots of one worker (`worker_connections`), client and upstream side alike.
 *
 * Free slots form a list, idle keep-alive connections another, least recently used first. The
 * same table holds the deadlines, so that one coarse sweep over two arrays of numbers replaces a
 * timer for every request.
 */
export class Slots {
  readonly limit: number
  used = 0
  #idleCount = 0
  #owners: (SlotOwner | undefined)[]
  /** Next in the free list, or in the idle list. */
  #next: Int32Array
  #previous: Int32Array
  #idle: Uint8Array
  #readAt: Float64Array
  #writeAt: Float64Array
  #firstFree = 0
  #oldestIdle = NONE
  #newestIdle = NONE
  /** No slot at or above this index was ever used. */
  #top = 0
  #onFree: (() => void) | undefined
  #onRoom: (() => void) | undefined
  #makingRoom = false

  constructor(limit: number) {
    this.limit = limit
    this.#owners = new Array<SlotOwner | undefined>(limit).fill(undefined)
    this.#next = Int32Array.from({ length: limit }, (_, i) => (i + 1 < limit ? i + 1 : NONE))
    this.#previous = new Int32Array(limit).fill(NONE)
    this.#idle = new Uint8Array(limit)
    this.#readAt = new Float64Array(limit).fill(Number.POSITIVE_INFINITY)
    this.#writeAt = new Float64Array(limit).fill(Number.POSITIVE_INFINITY)
  }

  get free(): number {
    return this.limit - this.used
  }

  /** Called each time a slot becomes free after none was. */
  onFree(listener: () => void): void {
    this.#onFree = listener
  }

  /** Whether a new connection would find no slot: none is free, and none can be reclaimed. */
  get exhausted(): boolean {
    return this.#firstFree === NONE && this.#idleCount === 0
  }

  /** Called when `exhausted` may have changed. */
  onRoom(listener: () => void): void {
    this.#onRoom = listener
  }

  /** A slot for `owner`, closing idle connections if it must; -1 when every slot is busy. */
  take(owner: SlotOwner): number {
    const reclaimed = this.#firstFree === NONE && this.#makeRoom()
    const slot = this.#firstFree
    if (slot === NONE) return NONE
    this.#firstFree = this.#next[slot] as number
    this.#owners[slot] = owner
    this.used++
    if (slot >= this.#top) this.#top = slot + 1
    if (reclaimed && this.free > 0) this.#onFree?.()
    if (reclaimed || this.exhausted) this.#onRoom?.()
    return slot
  }

  /** Closes idle connections for somebody who takes a slot before anyone else hears of it. */
  #makeRoom(): boolean {
    this.#makingRoom = true
    const closed = this.reclaim(this.#reclaimable())
    this.#makingRoom = false
    return closed > 0
  }

  give(slot: number): void {
    if (this.#idle[slot]) this.#unlinkIdle(slot)
    this.#owners[slot] = undefined
    this.#readAt[slot] = Number.POSITIVE_INFINITY
    this.#writeAt[slot] = Number.POSITIVE_INFINITY
    this.#next[slot] = this.#firstFree
    this.#firstFree = slot
    this.used--
    if (this.used < this.limit - 1 || this.#makingRoom) return
    this.#onFree?.()
    this.#onRoom?.()
  }

  /** Marks a connection as idle keep-alive: it may be closed when slots run out. */
  setIdle(slot: number): void {
    if (this.#idle[slot]) this.#unlinkIdle(slot)
    this.#idle[slot] = 1
    this.#idleCount++
    this.#previous[slot] = this.#newestIdle
    this.#next[slot] = NONE
    if (this.#newestIdle === NONE) this.#oldestIdle = slot
    else this.#next[this.#newestIdle] = slot
    this.#newestIdle = slot
    if (this.#idleCount === 1 && this.#firstFree === NONE) this.#onRoom?.()
  }

  setBusy(slot: number): void {
    if (!this.#idle[slot]) return
    this.#unlinkIdle(slot)
    if (this.exhausted) this.#onRoom?.()
  }

  /** Closes up to `most` idle connections, least recently used first; returns how many. */
  reclaim(most: number): number {
    let closed = 0
    while (closed < most && this.#oldestIdle !== NONE) {
      const slot = this.#oldestIdle
      this.#unlinkIdle(slot)
      this.#owners[slot]?.onReclaim()
      closed++
    }
    return closed
  }

  /** Times are in milliseconds of `clock.now`; Infinity disarms. */
  armRead(slot: number, at: number): void {
    this.#readAt[slot] = at
  }

  armWrite(slot: number, at: number): void {
    this.#writeAt[slot] = at
  }

  /** Tells every owner whose deadline has passed. Called a few times a second. */
  sweep(now: number): void {
    for (let slot = 0; slot < this.#top; slot++) {
      if ((this.#readAt[slot] as number) <= now) {
        this.#readAt[slot] = Number.POSITIVE_INFINITY
        this.#owners[slot]?.onDeadline('read')
      }
      if ((this.#writeAt[slot] as number) <= now) {
        this.#writeAt[slot] = Number.POSITIVE_INFINITY
        this.#owners[slot]?.onDeadline('write')
      }
    }
  }

  #unlinkIdle(slot: number): void {
    const next = this.#next[slot] as number
    const previous = this.#previous[slot] as number
    if (previous === NONE) this.#oldestIdle = next
    else this.#next[previous] = next
    if (next === NONE) this.#newestIdle = previous
    else this.#previous[next] = previous
    this.#idle[slot] = 0
    this.#idleCount--
  }

  #reclaimable(): number {
    const share = Math.floor(this.#idleCount / RECLAIM_SHARE)
    return Math.max(1, Math.min(RECLAIM_MOST, share))
  }
}

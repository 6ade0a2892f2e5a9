/**
 * Fuel that a millisecond of processor time burns, as measured with warm code; see decision 0011.
 * Limits in milliseconds are turned into fuel by it, so that they mean the same work everywhere.
 */
export const FUEL_PER_MS = 250_000

/** What one run may use. */
export interface Limits {
  /** Processor time of one turn, from entry until the guest waits or ends, in milliseconds. */
  readonly cpu: number
  /** Processor time of all turns together, in milliseconds. */
  readonly request: number
  /** Promise jobs in one drain of the queue. */
  readonly jobs: number
  /** Host calls that may be waited for at a time; one more is refused. */
  readonly tickets: number
}

export const DEFAULT_LIMITS: Limits = { cpu: 20, request: 50, jobs: 10_000, tickets: 1000 }

/** What a script may use while it is loaded: the limit `compile`. */
export const COMPILE_LIMITS: Limits = { cpu: 1000, request: 1000, jobs: 10_000, tickets: 0 }

/** What every guest of an engine has, in bytes. */
export interface EngineLimits {
  /** Linear memory, of which the engine's data and C's stack take 5.3 MB; {@link LEAST_MEMORY} at least. */
  readonly memory: number
  /** C's stack, as the engine itself checks it. */
  readonly stack: number
}

export const DEFAULT_ENGINE_LIMITS: EngineLimits = { memory: 32 << 20, stack: 256 << 10 }

/** The memory that the engine's module asks for itself, in bytes. */
export const LEAST_MEMORY = 16 << 20

/** Taken for every host call, beside what its values cost. */
export const HOST_CALL_FUEL = 100

/** Taken beyond that for one that is refused: an error is made on both sides. */
export const REFUSAL_FUEL = 5000

/**
 * How much of its stack a guest may have used when it calls the host, as a part. Node's own stack
 * runs out soon after C's; a host that is called there could be cut off in the middle of its work.
 */
export const HOST_CALL_STACK = 0.75

/** A heap that grew more than this beyond its image is given up with its instance, in bytes. */
export const REBUILD_GROWTH = 8 << 20

/** C's stack may reach this far beyond its limit before the engine looks. */
export const STACK_SLACK = 64 << 10

/** The most that one waiting run may keep outside of a slot, and all of a pool together, in bytes. */
export const MAX_SWAPPED_RUN = 8 << 20
export const MAX_SWAPPED = 256 << 20

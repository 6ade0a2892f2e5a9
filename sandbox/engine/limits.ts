import { FUEL_PER_MICROSECOND } from '../border/fuel.ts'

/** Fuel that a millisecond of processor time burns. */
export const FUEL_PER_MS = 1000 * FUEL_PER_MICROSECOND

/** Fuel is counted in 32 bits with a sign. */
export const MAX_FUEL = 0x7fff_ffff

/** The fuel that so many milliseconds burn. */
export function toFuel(milliseconds: number): number {
  return Math.min(Math.floor(milliseconds * FUEL_PER_MS), MAX_FUEL)
}

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

/** What several runs share, in fuel. */
export interface FuelBudget {
  /** Never negative. */
  readonly left: number
  take(fuel: number): void
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

/** What every guest may have at most; Node's own stack, which is behind C's, allows for no more. */
export const MOST_STACK = 256 << 10

/** C's stack below this is too little for what the engine itself does. */
export const LEAST_STACK = 32 << 10

/** The most memory of a guest: more could not be kept while it waits. */
export const MOST_MEMORY = 256 << 20

/** Taken for every host call, beside what its values cost. */
export const HOST_CALL_FUEL = 500

/**
 * What a turn has to have burnt for each of its host calls, and so many times what is taken for what
 * crosses, beyond an allowance: a call that crosses from a thread takes 11 microseconds, and the limit
 * holds within 1.6 of its time. Only turns that do little but call have not burnt that anyway; they
 * pay it with the call, on the event loop as well.
 */
export const HOP_FUEL = 2400
export const HOP_PART = 4
export const CALL_ALLOWANCE = 250_000

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

/** What threads take over, and how much of it. */
export interface ThreadLimits {
  /** Threads of a process at a time, each with a slot for every engine. */
  readonly threads: number
  /** Processor time of a turn on the event loop, in milliseconds; what takes longer is moved. */
  readonly slice: number
  /** Errands of runs that begin which may wait for a thread, in all and of one script. */
  readonly queue: number
  readonly queueOfScript: number
  /** Errands of one script that may wait, those of runs that go on included. */
  readonly underWay: number
  /** How long a thread lives that nobody needs, in milliseconds. */
  readonly idle: number
  /** How long an errand may take by the clock: so many times its limit, and so much more. */
  readonly patience: number
  readonly grace: number
}

export const DEFAULT_THREAD_LIMITS: ThreadLimits = Object.freeze({
  threads: 1,
  slice: 2,
  queue: 64,
  queueOfScript: 16,
  underWay: 1000,
  idle: 30_000,
  patience: 20,
  grace: 2000,
})

/**
 * So many runs in a row below a slice, on threads, and a script begins on the event loop again. Twice
 * as many each time that it goes over its slice there anew, up to a most; it is forgiven once it has
 * stayed below for as many runs there.
 */
export const LIGHT_RUNS = 8
export const MOST_LIGHT_RUNS = 1024

/** So many runs begin with the script's image whose leftovers were used for longer than a slice. */
export const FRESH_RUNS = 1000

/** How far a heap may have grown beyond its image for a checkpoint to be made of it, in bytes. */
export const MAX_CHECKPOINT = 2 << 20

/** What a journal holds before it is replaced by a checkpoint: answers, and bytes in them. */
export const MAX_JOURNAL_ENTRIES = 2048
export const MAX_JOURNAL_BYTES = 1 << 20

/**
 * What a host call from a thread takes beyond what its guest burns for it: two hops, in fuel. It
 * counts for whoever keeps account of a tenant, not for the run.
 */
export const FORWARDED_FUEL = 2500

/**
 * The fuel after which a thread's guest lets go of the processor for a moment. Where the event loop
 * shares that with it, a system may otherwise let it wait for a tick of 4 ms, at any niceness.
 */
export const THREAD_PIECE = FUEL_PER_MS / 2

/** How long that moment is, in milliseconds; the system makes more of it. */
export const THREAD_REST = 0.01

/** What an errand takes beside what its guest burns, in fuel. It counts as above. */
export const ERRAND_FUEL = 50_000

/**
 * What a run pays for waiting: to be woken; a unit for so many bytes by which its heap has grown
 * beyond its image, those left out that most runs need, which is what it takes to copy them; and as
 * much five times more beyond {@link REBUILD_GROWTH}, where the memory of an instance is new.
 */
export const WAIT_FUEL = 1000
export const GROWTH_FUEL = 16
export const FREE_GROWTH = 64 << 10
export const LARGE_GROWTH = 5

/**
 * A turn of more fuel than this may have been given up on the event loop and done again on a thread,
 * from where the run comes back: a run that waits behind it pays so much.
 */
export const LONG_TURN = FUEL_PER_MS
export const MOVING_FUEL = FUEL_PER_MS

/** So many turns in a row below a slice, and a run that has moved goes on on the event loop. */
export const LIGHT_TURNS = 4

/** Images of scripts that a thread keeps. */
export const THREAD_IMAGES = 64

import type { GuestHost } from '../border/crossing.ts'
import type { Build } from './build.ts'
import { bellard } from './builds/bellard.ts'
import { loadEngineModule } from './engine-module.ts'
import { memoryTooSmall } from './errors.ts'
import { Differ } from './image.ts'
import { DEFAULT_ENGINE_LIMITS, type EngineLimits, LEAST_MEMORY } from './limits.ts'
import { Pool } from './pool.ts'
import type { Script } from './script.ts'
import { selfTest } from './self-test.ts'
import type { Threads } from './threads/threads.ts'
import { Workshop } from './workshop.ts'

/** What an engine is made of. */
export interface EngineOptions {
  readonly limits?: Partial<EngineLimits>
  readonly build?: Build
}

/** A metered engine: makes bases of bootstraps, scripts on bases, and pools to run them in. */
export interface Engine {
  readonly build: Build
  /** Evaluates a bootstrap, in one piece or several, which becomes part of every script on it. */
  base(bootstrap: string | readonly string[]): Base
  /**
   * So many slots; each holds some 7 MB and what its guests use. Long turns are taken on `threads`,
   * which several engines may share; without them, where the pool is.
   */
  pool(slots?: number, threads?: Threads): Pool
}

/** A bootstrap that has been evaluated. */
export interface Base {
  /** Bytes that are written for every run of every script on it. */
  readonly size: number
  /** Evaluates a script and hands its value to the guest's `load`. */
  script(source: string, options?: ScriptOptions): Script
}

/** How a script is loaded. */
export interface ScriptOptions {
  /** Stands in stack traces. */
  readonly name?: string
  /** Answers host calls while it is loaded, at once; none are answered by default. */
  readonly host?: GuestHost
}

const SLOTS = 4

/** Makes an engine; fails if the engine's file is not the known one, or does not pass its self-test. */
export function createEngine(options: EngineOptions = {}): Engine {
  const build = options.build ?? bellard
  const limits = { ...DEFAULT_ENGINE_LIMITS, ...options.limits }
  if (limits.memory < LEAST_MEMORY) throw memoryTooSmall(limits.memory, LEAST_MEMORY)
  const module = loadEngineModule(build, limits.memory)
  const workshop = new Workshop(module, limits)
  selfTest(workshop)
  const kind = { module, limits }
  const differ = new Differ(build.layout, workshop.heapStart, limits.memory)
  return {
    build,
    base(bootstrap) {
      const base = workshop.base(bootstrap)
      return {
        size: base.image.size,
        script: (source, scriptOptions = {}) =>
          workshop.script(base, { name: 'script', source, ...scriptOptions }, differ),
      }
    },
    pool(slots = SLOTS, threads = undefined) {
      const elsewhere = threads && { threads, kind }
      return new Pool(slots, () => workshop.slot(), elsewhere)
    },
  }
}

import type { Getter, SharedZone, Upstream } from 'gateway/plugin'
import type { ReachSettings } from './bindings/reach-settings.ts'
import type { Cron } from './cron.ts'
import type { BlockEntry } from './record/block-entry.ts'

/** Which script a location has, and what it may do. Times in milliseconds, sizes in bytes. */
export interface ScriptSettings {
  /** Absolute. */
  readonly file: string
  /** Where bundles are kept, absolute. */
  readonly cache: string
  /** Whose it is; part of every line in the log. */
  readonly tenant: string
  /** Whether each request begins with the script as it was loaded, or as the last one left it. */
  readonly state: 'fresh' | 'reuse'
  /** What becomes of a request whose script fails: an error, or the location's own handler. */
  readonly onError: 'closed' | 'open'
  /** Whether responses tell what hooks have burnt. */
  readonly serverTiming: boolean
  /** Plain values of `env`, by name. */
  readonly env: Readonly<Record<string, string>>
  readonly reach: ReachSettings
  /** By name: those it may send requests to. */
  readonly upstreams: ReadonlyMap<string, Upstream>
  /** The names of variables it provides. */
  readonly variables: readonly string[]
  /** Directives of a plugin record, in the order written. */
  readonly directives: readonly BlockEntry[]
  /** When it is run by itself. */
  readonly schedule: Schedule | undefined
  readonly limits: ScriptLimits
  /** `$request_id`. */
  readonly requestId: Getter
}

/** Times at which one worker of all runs a script, and the zone in which they agree on which. */
export interface Schedule {
  readonly crons: readonly Cron[]
  readonly zone: SharedZone
}

/** What a script may use. Times in milliseconds, sizes in bytes. */
export interface ScriptLimits {
  /** Processor time from one answer it waits for to the next, and of a request as a whole. */
  readonly cpu: number
  readonly request: number
  /** What its tenant may use of a worker's processor, all its scripts together, as a part of it. */
  readonly cpuShare: number
  /** Bytes of its memory, the web API included, and of its stack. */
  readonly memory: number
  readonly stack: number
  /** The time a request may take by the clock. */
  readonly wall: number
  /** Requests under way at a time, in one worker. */
  readonly concurrency: number
  /** Fetches, calls of bindings and of `ctx.next` in a request. */
  readonly subrequests: number
  /** Promise jobs in one drain of the queue. */
  readonly jobs: number
  /** Bytes of a body the script asks for as a whole. */
  readonly requestBody: number
  readonly responseBody: number
  /** Fields of its answer, and the characters in them. */
  readonly headerCount: number
  readonly headerBytes: number
  /** Characters it may log in a request. */
  readonly log: number
  /** Bytes of the bundle. */
  readonly scriptSize: number
  /** Processor time that bundling may take. */
  readonly compile: number
}

/** The tenant of scripts that name none. */
export const NOBODY = '-'

const KILOBYTE = 1024
const MEGABYTE = 1024 * KILOBYTE

export const DEFAULT_LIMITS: ScriptLimits = Object.freeze({
  cpu: 20,
  request: 50,
  cpuShare: 0.25,
  memory: 32 * MEGABYTE,
  stack: 256 * KILOBYTE,
  wall: 10_000,
  concurrency: 100,
  subrequests: 50,
  jobs: 10_000,
  requestBody: MEGABYTE,
  responseBody: 32 * MEGABYTE,
  headerCount: 100,
  headerBytes: 32 * KILOBYTE,
  log: 16 * KILOBYTE,
  scriptSize: MEGABYTE,
  compile: 1000,
})

/** The settings of a script that has its defaults, no tenant, and nothing bound to it. */
export function bareSettings(file: string, cache: string): ScriptSettings {
  return {
    file,
    cache,
    tenant: NOBODY,
    state: 'fresh',
    onError: 'closed',
    env: {},
    reach: { bindings: new Map(), egress: [], resolver: undefined, secrets: [], kvFolder: '' },
    limits: DEFAULT_LIMITS,
    upstreams: new Map(),
    variables: [],
    directives: [],
    schedule: undefined,
    serverTiming: false,
    requestId: () => undefined,
  }
}

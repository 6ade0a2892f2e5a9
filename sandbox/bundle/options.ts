/** What one build may take. Sizes in bytes, times in milliseconds of processor time. */
export interface BundleLimits {
  /** The bundle. */
  readonly scriptSize: number
  /** Processor time of a build, esbuild's and ours; ten times as much by the clock. */
  readonly compile: number
  /** Memory of the processes that build. */
  readonly memory: number
  /** Files that are read, manifests of packages among them. */
  readonly files: number
  /** One file. */
  readonly fileSize: number
  /** All files together. */
  readonly totalSize: number
}

/** How a script is bundled. */
export interface BundleOptions {
  /** The only folder the script's files and packages are read from; else the file's own. */
  readonly folder?: string
  /** An operator's `node_modules`: what scripts may import beside what they bring. */
  readonly packages?: string
  /** The global variable that gets the module: an identifier. */
  readonly global?: string
  /** Modules that are there for every script (`gateway/script`), by name: their JavaScript. */
  readonly provided?: Readonly<Record<string, string>>
  /** Of modules that are provided: exports that scripts look for in vain, and what to do instead. */
  readonly absent?: Absent
  readonly limits?: Partial<BundleLimits>
}

/** By module, then by name: what to do instead. */
export type Absent = Readonly<Record<string, Readonly<Record<string, string>>>>

const MEGABYTE = 1024 * 1024

/** The limits of those who set none. */
export const DEFAULT_LIMITS: BundleLimits = Object.freeze({
  scriptSize: MEGABYTE,
  compile: 1000,
  memory: 512 * MEGABYTE,
  files: 2000,
  fileSize: 4 * MEGABYTE,
  totalSize: 32 * MEGABYTE,
})

/** The global variable that gets the module where nobody names another. */
export const DEFAULT_GLOBAL = '__script'

const KB = 1024
const MB = 1024 * KB

/** What a plugin package may come to. Whatever exceeds it is refused with the limit's value. */
export const LIMITS = {
  /** Bytes of an archive as fetched. */
  packed: 20 * MB,
  /** Bytes of all its files together. */
  unpacked: 100 * MB,
  /** Files and folders. */
  entries: 10_000,
  /** Bytes of a path within the package. */
  path: 240,
  /** Bytes of package.json. */
  manifest: 256 * KB,
  /** Bytes of the static description of directives. */
  description: MB,
  /** Bytes of the file with test data. */
  testData: MB,
  /** Test cases of a plugin. */
  testCases: 200,
  /** Bytes of a bundle. */
  bundle: 20 * MB,
  /** Bytes of gateway.lock. */
  lock: 16 * MB,
  /** Milliseconds a throw-away gateway has to load the plugins. */
  load: 10_000,
  /** Milliseconds a test case has to be answered. */
  answer: 5_000,
  /** Bytes a throw-away gateway may print, or answer, before the rest is left out. */
  output: MB,
  /** Milliseconds a registry has for an answer. */
  fetch: 30_000,
  /** Bytes of what a registry knows of packages, and advisories of one of them. */
  answered: 16 * MB,
  advisories: 200,
  /** Milliseconds one command waits for another to finish. */
  turn: 120_000,
} as const

/** `20 MB`, as messages show sizes. */
export function megabytes(bytes: number): string {
  return `${bytes / MB} MB`
}

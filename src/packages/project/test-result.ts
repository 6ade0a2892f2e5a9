import type { Isolation } from '../../kernel/settings/plugin-use.ts'

/** What came of one test. */
export interface TestResult {
  /** The file it stands in, relative to the project. */
  readonly file: string
  /** Where the plugin ran; undefined for tests that decide that themselves. */
  readonly isolation: Isolation | undefined
  readonly name: string
  readonly state: 'passed' | 'failed' | 'skipped'
  /** What is wrong, in one or more lines; empty where nothing is. */
  readonly fault: string
}

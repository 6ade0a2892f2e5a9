import type { BOOTSTRAP_FUNCTIONS, PRELUDE_FUNCTIONS } from './prelude.ts'

/** Functions of the guest that the host calls. */
export type GuestFunction =
  | (typeof PRELUDE_FUNCTIONS)[number]
  | (typeof BOOTSTRAP_FUNCTIONS)[number]

/** Where the things lie that the host needs of a guest; the same in all images of one base. */
export interface Anchors {
  readonly runtime: number
  readonly context: number
  readonly functions: Readonly<Partial<Record<GuestFunction, number>>>
  /** The names of hooks, as the guest has them: they need not be written for each run. */
  readonly hooks: Readonly<Record<string, number>>
}

import type { Diagnostic } from './diagnostic.ts'
import type { Origin } from './files.ts'
import type { Look, Stamp } from './folder.ts'
import type { Absent, BundleLimits } from './options.ts'

/** One build: what `BundleOptions` come to. */
export interface BuildOrder {
  /** Absolute. */
  readonly folder: string
  /** The script, relative to the folder. */
  readonly entry: string
  readonly packages: string | undefined
  readonly global: string
  readonly provided: Readonly<Record<string, string>>
  readonly absent: Absent
  readonly limits: BundleLimits
}

/** A file that was read. */
export interface Input {
  readonly origin: Origin
  readonly path: string
  readonly stamp: Stamp
  /** SHA-256 of what was read. */
  readonly hash: string
  /** When, in milliseconds since 1970. */
  readonly readAt: number
}

/** Everything a build's result depends on beside its order. */
export interface Evidence {
  readonly inputs: readonly Input[]
  /** What was looked at, the absent too. */
  readonly looks: Readonly<Record<Origin, ReadonlyMap<string, Look>>>
}

/** What comes of a build. */
export type BuildAnswer =
  | {
      readonly kind: 'built'
      readonly code: string
      /** A source map, as JSON. */
      readonly map: string
      readonly warnings: readonly Diagnostic[]
      readonly evidence: Evidence
    }
  | { readonly kind: 'broken'; readonly diagnostics: readonly Diagnostic[]; readonly more: number }
  | { readonly kind: 'not-found'; readonly why: string }
  | { readonly kind: 'too-large'; readonly bytes: number }
  | { readonly kind: 'failed'; readonly why: string }

/** From the parent to the process that builds. */
export interface BuildRequest {
  readonly id: number
  readonly order: BuildOrder
}

/** From the process that builds: that it can, or an answer. */
export type BuilderMessage = 'ready' | { readonly id: number; readonly answer: BuildAnswer }

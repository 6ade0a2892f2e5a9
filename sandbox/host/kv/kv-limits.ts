/** What a namespace takes. Sizes in bytes. */
export interface KvLimits {
  readonly key: number
  readonly value: number
  /** Of the metadata's JSON. */
  readonly metadata: number
  /** All that is stored, with what was overwritten and is not swept yet. */
  readonly bytes: number
  readonly entries: number
  /** Of large values that a worker is reading and writing at once. */
  readonly held: number
  /** Entries on a page of a list. */
  readonly page: number
  /** What one run may ask of all its namespaces. */
  readonly operations: number
}

export const KV_LIMITS: KvLimits = Object.freeze({
  key: 512,
  value: 25 * 1024 * 1024,
  metadata: 1024,
  bytes: 1024 * 1024 * 1024,
  entries: 1_000_000,
  held: 64 * 1024 * 1024,
  page: 1000,
  operations: 1000,
})

/** What one run may use for compression. */
export interface CompressionLimits {
  /** Streams at once; one that compresses takes 260 KB. */
  readonly streams: number
  /** Streams in all. */
  readonly opened: number
  /** Bytes that come out of all streams together: what a bomb unfolds to ends there. */
  readonly output: number
}

export const COMPRESSION_LIMITS: CompressionLimits = Object.freeze({
  streams: 8,
  opened: 100,
  output: 64 * 1024 * 1024,
})

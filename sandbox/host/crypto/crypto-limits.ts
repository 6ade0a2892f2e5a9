/** What one run may use for cryptography. Sizes in bytes. */
export interface CryptoLimits {
  readonly keys: number
  readonly operations: number
  /** Estimated time of threads, in microseconds: 0.25 s makes one RSA key of 2048 bits. */
  readonly work: number
  /** Of data that operations under way hold. */
  readonly held: number
}

export const CRYPTO_LIMITS: CryptoLimits = Object.freeze({
  keys: 100,
  operations: 1000,
  work: 250_000,
  held: 32 * 1024 * 1024,
})

// Randomness, and cryptography at the host (Web Cryptography API).

type KeyUsage =
  | 'encrypt'
  | 'decrypt'
  | 'sign'
  | 'verify'
  | 'deriveKey'
  | 'deriveBits'
  | 'wrapKey'
  | 'unwrapKey'

/** An algorithm's name, or that and its parameters. */
type AlgorithmIdentifier = string | { readonly name: string; readonly [parameter: string]: unknown }

type KeyFormat = 'raw' | 'pkcs8' | 'spki' | 'jwk'

interface JsonWebKey {
  readonly kty?: string
  readonly [member: string]: unknown
}

declare class CryptoKey {
  private constructor()
  readonly type: 'secret' | 'public' | 'private'
  readonly extractable: boolean
  readonly usages: readonly KeyUsage[]
  readonly algorithm: { readonly name: string; readonly [parameter: string]: unknown }
}

interface CryptoKeyPair {
  readonly publicKey: CryptoKey
  readonly privateKey: CryptoKey
}

declare class SubtleCrypto {
  private constructor()
  digest(algorithm: AlgorithmIdentifier, data: ArrayBuffer | ArrayBufferView): Promise<ArrayBuffer>
  sign(
    algorithm: AlgorithmIdentifier,
    key: CryptoKey,
    data: ArrayBuffer | ArrayBufferView,
  ): Promise<ArrayBuffer>
  verify(
    algorithm: AlgorithmIdentifier,
    key: CryptoKey,
    signature: ArrayBuffer | ArrayBufferView,
    data: ArrayBuffer | ArrayBufferView,
  ): Promise<boolean>
  encrypt(
    algorithm: AlgorithmIdentifier,
    key: CryptoKey,
    data: ArrayBuffer | ArrayBufferView,
  ): Promise<ArrayBuffer>
  decrypt(
    algorithm: AlgorithmIdentifier,
    key: CryptoKey,
    data: ArrayBuffer | ArrayBufferView,
  ): Promise<ArrayBuffer>
  deriveBits(
    algorithm: AlgorithmIdentifier,
    key: CryptoKey,
    length?: number | null,
  ): Promise<ArrayBuffer>
  deriveKey(
    algorithm: AlgorithmIdentifier,
    key: CryptoKey,
    derived: AlgorithmIdentifier,
    extractable: boolean,
    usages: readonly KeyUsage[],
  ): Promise<CryptoKey>
  generateKey(
    algorithm: AlgorithmIdentifier,
    extractable: boolean,
    usages: readonly KeyUsage[],
  ): Promise<CryptoKey | CryptoKeyPair>
  importKey(
    format: KeyFormat,
    data: ArrayBuffer | ArrayBufferView | JsonWebKey,
    algorithm: AlgorithmIdentifier,
    extractable: boolean,
    usages: readonly KeyUsage[],
  ): Promise<CryptoKey>
  exportKey(format: 'jwk', key: CryptoKey): Promise<JsonWebKey>
  exportKey(format: Exclude<KeyFormat, 'jwk'>, key: CryptoKey): Promise<ArrayBuffer>
  wrapKey(
    format: KeyFormat,
    key: CryptoKey,
    wrapping: CryptoKey,
    algorithm: AlgorithmIdentifier,
  ): Promise<ArrayBuffer>
  unwrapKey(
    format: KeyFormat,
    wrapped: ArrayBuffer | ArrayBufferView,
    unwrapping: CryptoKey,
    algorithm: AlgorithmIdentifier,
    unwrapped: AlgorithmIdentifier,
    extractable: boolean,
    usages: readonly KeyUsage[],
  ): Promise<CryptoKey>
}

declare const crypto: {
  readonly subtle: SubtleCrypto
  getRandomValues<View extends ArrayBufferView>(into: View): View
  randomUUID(): `${string}-${string}-${string}-${string}-${string}`
}

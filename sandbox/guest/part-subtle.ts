// The Web Cryptography API, as far as it is not one call.
export { CryptoKey, SubtleCrypto, subtle } from './subtle-crypto.ts'

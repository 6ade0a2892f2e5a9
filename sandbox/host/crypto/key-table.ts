import type { webcrypto } from 'node:crypto'
import { cryptoFailed, tooMany, unknownHandle } from '../errors.ts'
import type { Json, JsonObject } from './json.ts'

/** Of RSA keys, in bits: what is larger takes OpenSSL too long. */
const LARGEST_MODULUS = 4096

/** The keys of one run, by numbers that the script gets. Nothing of a key itself ever crosses. */
export class KeyTable {
  readonly #limit: number
  readonly #keys: webcrypto.CryptoKey[] = []

  constructor(limit: number) {
    this.#limit = limit
  }

  /** The key a script means. */
  readonly get = (id: Json | undefined): webcrypto.CryptoKey => {
    const key = typeof id === 'number' ? this.#keys[id] : undefined
    if (key === undefined) throw unknownHandle('key')
    return key
  }

  /** Takes a key or a pair, and gives what a script may know of it. */
  add(made: webcrypto.CryptoKey | webcrypto.CryptoKeyPair): JsonObject {
    if (!('publicKey' in made)) return this.#describe(made)
    return {
      publicKey: this.#describe(made.publicKey),
      privateKey: this.#describe(made.privateKey),
    }
  }

  /** Forgets all of them: the run is over. */
  clear(): void {
    this.#keys.length = 0
  }

  #describe(key: webcrypto.CryptoKey): JsonObject {
    if (this.#keys.length >= this.#limit) throw tooMany('keys', this.#limit, 'crypto_limit')
    const { modulusLength = 0 } = key.algorithm as { readonly modulusLength?: number }
    if (modulusLength > LARGEST_MODULUS) throw cryptoFailed('NotSupportedError')
    const { type, extractable, usages } = key
    const id = this.#keys.push(key) - 1
    return { id, type, extractable, usages: [...usages], algorithm: describeAlgorithm(key) }
  }
}

function describeAlgorithm({ algorithm }: webcrypto.CryptoKey): JsonObject {
  const described: JsonObject = {}
  for (const [name, value] of Object.entries(algorithm)) {
    if (value instanceof Uint8Array) described[name] = Buffer.from(value).toString('base64')
    else described[name] = value
  }
  return described
}

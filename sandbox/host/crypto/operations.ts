import { createHash, webcrypto } from 'node:crypto'
import type { Awaitable } from '../../border/crossing.ts'
import { badCall } from '../arguments.ts'
import { cryptoFailed } from '../errors.ts'
import type { Algorithm } from './algorithm.ts'
import type { Work } from './cost.ts'
import type { Json, JsonObject } from './json.ts'
import { formatIn, jwkIn, usagesIn } from './request.ts'

type Key = webcrypto.CryptoKey
type Made = Key | webcrypto.CryptoKeyPair

/** What an operation has: its arguments, and ways to do its work and to keep what it made. */
export interface Call {
  readonly members: JsonObject
  algorithm(name?: string): Algorithm
  key(name?: string): Key
  data(): Uint8Array
  second(): Uint8Array
  /** Pays for work, or refuses. */
  pay(work: Work, algorithm: Algorithm, size: number): void
  /** Pays for a job and does it on a thread, when it has its turn. `size` is in bytes or bits. */
  job<T>(work: Work, algorithm: Algorithm, size: number, job: () => Promise<T>): Promise<T>
  keep(made: Made): string
}

/** One method of `crypto.subtle`: bytes, JSON of keys, or of whether a signature is genuine. */
export type Operation = (call: Call) => Awaitable<Uint8Array | string>

/** Node's own, as far as it is used here; every argument has been checked or is checked by it. */
interface Subtle {
  digest(algorithm: Algorithm, data: Uint8Array): Promise<ArrayBuffer>
  sign(algorithm: Algorithm, key: Key, data: Uint8Array): Promise<ArrayBuffer>
  verify(algorithm: Algorithm, key: Key, signature: Uint8Array, data: Uint8Array): Promise<boolean>
  encrypt(algorithm: Algorithm, key: Key, data: Uint8Array): Promise<ArrayBuffer>
  decrypt(algorithm: Algorithm, key: Key, data: Uint8Array): Promise<ArrayBuffer>
  generateKey(algorithm: Algorithm, extractable: boolean, usages: string[]): Promise<Made>
  importKey(...args: [string, unknown, Algorithm, boolean, string[]]): Promise<Key>
  exportKey(format: string, key: Key): Promise<ArrayBuffer | webcrypto.JsonWebKey>
  deriveBits(algorithm: Algorithm, key: Key, length: number | null): Promise<ArrayBuffer>
  deriveKey(...args: [Algorithm, Key, Algorithm, boolean, string[]]): Promise<Key>
  wrapKey(format: string, key: Key, wrapping: Key, algorithm: Algorithm): Promise<ArrayBuffer>
  unwrapKey(
    ...args: [string, Uint8Array, Key, Algorithm, Algorithm, boolean, string[]]
  ): Promise<Key>
}

const subtle = webcrypto.subtle as unknown as Subtle

/** Up to here a digest is quicker than a hop to a thread. */
const AT_ONCE = 16 * 1024
/** The largest key that can be imported, in bytes. */
const LARGEST_KEY = 16 * 1024
/** In bits; a hash of PBKDF2 or HKDF gives more, and nobody needs it. */
const LONGEST_DERIVED = 65_536
/** What a key that is derived takes where it does not say, in bits. */
const DERIVED_KEY = 1024

/** The operation of a method. Throws a refusal where there is none of that name. */
export function operationOf(method: string): Operation {
  const operation = Object.hasOwn(OPERATIONS, method) ? OPERATIONS[method] : undefined
  if (operation === undefined) throw badCall('method')
  return operation
}

const OPERATIONS: Readonly<Record<string, Operation>> = {
  digest(call) {
    const [algorithm, data] = [call.algorithm(), call.data()]
    if (!algorithm.name.startsWith('SHA-')) throw cryptoFailed('NotSupportedError')
    if (data.length <= AT_ONCE) {
      call.pay('bytes', algorithm, data.length)
      return createHash(algorithm.name).update(data).digest()
    }
    return bytes(call.job('bytes', algorithm, data.length, () => subtle.digest(algorithm, data)))
  },

  sign: (call) => withKey(call, (algorithm, key, data) => subtle.sign(algorithm, key, data)),
  encrypt: (call) => withKey(call, (algorithm, key, data) => subtle.encrypt(algorithm, key, data)),
  decrypt: (call) => withKey(call, (algorithm, key, data) => subtle.decrypt(algorithm, key, data)),

  async verify(call) {
    const [algorithm, key, signature, data] = [
      call.algorithm(),
      call.key(),
      call.data(),
      call.second(),
    ]
    const isGenuine = await call.job('bytes', priced(key, algorithm), data.length, () => {
      return subtle.verify(algorithm, key, signature, data)
    })
    return String(isGenuine)
  },

  async generateKey(call) {
    const [algorithm, usages] = [call.algorithm(), usagesIn(call.members)]
    const made = await call.job('make', algorithm, 0, () => {
      return subtle.generateKey(algorithm, isExtractable(call), usages)
    })
    return call.keep(made)
  },

  async importKey(call) {
    const [algorithm, usages, format] = [
      call.algorithm(),
      usagesIn(call.members),
      formatIn(call.members),
    ]
    const data = format === 'jwk' ? jwkIn(call.members) : call.data()
    if (data instanceof Uint8Array && data.length > LARGEST_KEY) throw cryptoFailed('DataError')
    const key = await call.job('bytes', algorithm, 0, () => {
      return subtle.importKey(format, data, algorithm, isExtractable(call), usages)
    })
    return call.keep(key)
  },

  async exportKey(call) {
    const [format, key] = [formatIn(call.members), exportable(call.key())]
    const exported = await call.job('bytes', { name: key.algorithm.name }, 0, () => {
      return subtle.exportKey(format, key)
    })
    return exported instanceof ArrayBuffer ? new Uint8Array(exported) : JSON.stringify(exported)
  },

  deriveBits(call) {
    const [algorithm, key] = [call.algorithm(), call.key('baseKey')]
    const length = call.members.length ?? null
    if (length !== null && !isLength(length)) throw cryptoFailed('OperationError')
    return bytes(
      call.job('derive', priced(key, algorithm), length ?? 0, () => {
        return subtle.deriveBits(algorithm, key, length)
      }),
    )
  },

  async deriveKey(call) {
    const [algorithm, key] = [call.algorithm(), call.key('baseKey')]
    const [derived, usages] = [call.algorithm('derivedKeyType'), usagesIn(call.members)]
    const size = derived.length ?? DERIVED_KEY
    const made = await call.job('derive', priced(key, algorithm), size, () => {
      return subtle.deriveKey(algorithm, key, derived, isExtractable(call), usages)
    })
    return call.keep(made)
  },

  wrapKey(call) {
    const [algorithm, key, wrapping] = [
      call.algorithm('wrapAlgorithm'),
      exportable(call.key()),
      call.key('wrappingKey'),
    ]
    const format = formatIn(call.members)
    return bytes(
      call.job('bytes', priced(wrapping, algorithm), LARGEST_KEY, () => {
        return subtle.wrapKey(format, key, wrapping, algorithm)
      }),
    )
  },

  async unwrapKey(call) {
    const [algorithm, key, data] = [
      call.algorithm('unwrapAlgorithm'),
      call.key('unwrappingKey'),
      call.data(),
    ]
    const [inner, usages] = [call.algorithm('unwrappedKeyAlgorithm'), usagesIn(call.members)]
    const format = formatIn(call.members)
    if (data.length > 2 * LARGEST_KEY) throw cryptoFailed('DataError')
    const made = await call.job('bytes', priced(key, algorithm), data.length, () => {
      return subtle.unwrapKey(format, data, key, algorithm, inner, isExtractable(call), usages)
    })
    return call.keep(made)
  },
}

function withKey(
  call: Call,
  work: (algorithm: Algorithm, key: Key, data: Uint8Array) => Promise<ArrayBuffer>,
): Promise<Uint8Array> {
  const [algorithm, key, data] = [call.algorithm(), call.key(), call.data()]
  return bytes(
    call.job('bytes', priced(key, algorithm), data.length, () => work(algorithm, key, data)),
  )
}

/** The size of a key is what its operations cost by. */
function priced(key: Key, algorithm: Algorithm): Algorithm {
  return { ...key.algorithm, ...algorithm }
}

function isLength(value: Json): value is number {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= LONGEST_DERIVED
}

function exportable(key: Key): Key {
  if (!key.extractable) throw cryptoFailed('InvalidAccessError')
  return key
}

function isExtractable({ members }: Call): boolean {
  return members.extractable === true
}

async function bytes(made: Promise<ArrayBuffer>): Promise<Uint8Array> {
  return new Uint8Array(await made)
}

import type { webcrypto } from 'node:crypto'
import { cryptoFailed } from '../errors.ts'
import type { Json } from './json.ts'

/** An algorithm with nothing in it but members that were checked. */
export interface Algorithm extends webcrypto.Algorithm {
  readonly hash?: string
  readonly length?: number
  readonly modulusLength?: number
  readonly publicExponent?: Uint8Array
  readonly namedCurve?: string
  readonly iv?: Uint8Array
  readonly counter?: Uint8Array
  readonly additionalData?: Uint8Array
  readonly tagLength?: number
  readonly salt?: Uint8Array
  readonly iterations?: number
  readonly info?: Uint8Array
  readonly label?: Uint8Array
  readonly saltLength?: number
  readonly public?: webcrypto.CryptoKey
}

const HASHES = ['SHA-1', 'SHA-256', 'SHA-384', 'SHA-512']
const NAMES: ReadonlyMap<string, string> = new Map(
  [
    ...HASHES,
    ...['HMAC', 'AES-GCM', 'AES-CBC', 'AES-CTR', 'AES-KW', 'PBKDF2', 'HKDF'],
    ...['RSASSA-PKCS1-v1_5', 'RSA-PSS', 'RSA-OAEP'],
    ...['ECDSA', 'ECDH', 'Ed25519', 'X25519'],
  ].map((name) => [name.toLowerCase(), name]),
)
const CURVES = ['P-256', 'P-384', 'P-521']

/** What a member may be at most: bytes for bytes, bits for lengths. */
const MOST = {
  length: 8192,
  modulusLength: 4096,
  iterations: 1_000_000,
  tagLength: 128,
  saltLength: 512,
  parameter: 16 * 1024,
} as const
/** Of RSA keys that are made. Others let OpenSSL search for long. */
const EXPONENTS: readonly string[] = ['03', '010001']

/** Reads an algorithm of a script: a name, or an object whose bytes are base64. Throws a refusal. */
export function readAlgorithm(value: Json, keyOf: (id: Json) => webcrypto.CryptoKey): Algorithm {
  if (typeof value === 'string') return { name: oneOf(value, NAMES) }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong()
  const read: Record<string, unknown> = { name: oneOf(value.name, NAMES) }
  for (const [member, reader] of Object.entries(READERS)) {
    const found = value[member]
    if (found !== undefined && found !== null) read[member] = reader(found)
  }
  if (value.public !== undefined) read.public = keyOf(value.public)
  return read as unknown as Algorithm
}

const READERS: Readonly<Record<string, (value: Json) => unknown>> = {
  hash: (value) => oneOf(nameIn(value), new Map(HASHES.map((name) => [name.toLowerCase(), name]))),
  length: (value) => count(value, MOST.length),
  modulusLength: (value) => count(value, MOST.modulusLength),
  publicExponent: (value) => {
    const exponent = bytes(value)
    if (EXPONENTS.includes(exponent.toString('hex'))) return new Uint8Array(exponent)
    throw cryptoFailed('NotSupportedError')
  },
  namedCurve: (value) => {
    if (CURVES.includes(value as string)) return value
    throw cryptoFailed('NotSupportedError')
  },
  iv: bytes,
  counter: bytes,
  additionalData: bytes,
  tagLength: (value) => count(value, MOST.tagLength),
  salt: bytes,
  iterations: (value) => count(value, MOST.iterations),
  info: bytes,
  label: bytes,
  saltLength: (value) => count(value, MOST.saltLength),
}

function nameIn(value: Json): Json {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  return isObject ? (value.name ?? null) : value
}

/** Names are compared without regard to case (Web Cryptography API, "normalizing an algorithm"). */
function oneOf(value: Json | undefined, names: ReadonlyMap<string, string>): string {
  if (typeof value !== 'string') throw wrong()
  const name = names.get(value.toLowerCase())
  if (name === undefined) throw cryptoFailed('NotSupportedError')
  return name
}

function count(value: Json, most: number): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0) throw wrong()
  if (value > most) throw cryptoFailed('NotSupportedError')
  return value
}

function bytes(value: Json): Buffer {
  if (typeof value !== 'string' || value.length > 2 * MOST.parameter) throw wrong()
  return Buffer.from(value, 'base64')
}

function wrong(): Error {
  return cryptoFailed('TypeError')
}

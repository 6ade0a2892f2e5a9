import { badCall } from '../arguments.ts'
import { cryptoFailed } from '../errors.ts'
import type { Json, JsonObject } from './json.ts'

/**
 * What a script asks of `crypto.subtle`, as JSON: the method, and its arguments by the names the
 * Web Cryptography API has for them. Keys are their numbers; bytes in an algorithm are base64; the
 * data, and the signature of `verify` before it, cross beside it.
 */
export interface SubtleRequest {
  readonly method: string
  readonly members: JsonObject
}

const LONGEST = 64 * 1024
const USAGES = [
  ...['encrypt', 'decrypt', 'sign', 'verify', 'wrapKey', 'unwrapKey'],
  ...['deriveKey', 'deriveBits'],
] as const
const FORMATS = ['raw', 'pkcs8', 'spki', 'jwk'] as const

type KeyUsage = (typeof USAGES)[number]
type KeyFormat = (typeof FORMATS)[number]

/** Reads the text of a request. */
export function parseRequest(text: string): SubtleRequest {
  const members = text.length > LONGEST ? undefined : parsed(text)
  if (!isObject(members)) throw badCall('request')
  const { method } = members
  if (typeof method !== 'string') throw badCall('method')
  return { method, members }
}

export function usagesIn({ usages }: JsonObject): KeyUsage[] {
  if (!Array.isArray(usages) || usages.length > USAGES.length) throw cryptoFailed('TypeError')
  return usages.map((usage) => member(usage, USAGES))
}

export function formatIn({ format }: JsonObject): KeyFormat {
  return member(format, FORMATS)
}

/** A key as JSON (RFC 7517). Node checks what is in it. */
export function jwkIn({ jwk }: JsonObject): JsonObject {
  if (!isObject(jwk)) throw cryptoFailed('DataError')
  return jwk
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function member<T extends string>(value: Json | undefined, of: readonly T[]): T {
  const found = of.find((each) => each === value)
  if (found === undefined) throw cryptoFailed('TypeError')
  return found
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json
  } catch {
    return undefined
  }
}

import { CryptoOp } from '../border/ops.ts'
import { atob, btoa } from './base64.ts'
import { type BufferLike, bytesOf, isBuffer } from './bytes.ts'
import { DOMException } from './dom-exception.ts'
import { notA } from './errors.ts'
import { host } from './host.ts'
import { PlainString, parseJson } from './primordials.ts'
import { asDomError, later } from './tickets.ts'

type Json = Record<string, unknown> & { name?: unknown }
type Usages = readonly string[]

/** A key as the host describes it. */
interface KeyDescription {
  readonly id: number
  readonly type: string
  readonly extractable: boolean
  readonly usages: Usages
  readonly algorithm: Json
}

let makeKey: (description: KeyDescription) => CryptoKey
let idOf: (key: unknown) => number

/** A key at the host (Web Cryptography API, "CryptoKey"). */
export class CryptoKey {
  readonly #description: KeyDescription
  static #isMaking = false

  constructor(description: never) {
    if (!CryptoKey.#isMaking) throw new TypeError('Illegal constructor')
    this.#description = description
  }

  get type(): string {
    return this.#description.type
  }

  get extractable(): boolean {
    return this.#description.extractable
  }

  get usages(): string[] {
    return [...this.#description.usages]
  }

  get algorithm(): Json {
    const { algorithm } = this.#description
    const { publicExponent } = algorithm
    if (typeof publicExponent !== 'string') return { ...algorithm }
    return { ...algorithm, publicExponent: fromBase64(publicExponent) }
  }

  static {
    makeKey = (description) => {
      CryptoKey.#isMaking = true
      try {
        return new CryptoKey(description as never)
      } finally {
        CryptoKey.#isMaking = false
      }
    }
    idOf = (key) => {
      if (typeof key !== 'object' || key === null || !(#description in key)) throw notA('CryptoKey')
      return key.#description.id
    }
  }
}

/** `crypto.subtle`: all of it is done by the host, on its threads. */
export class SubtleCrypto {
  async digest(algorithm: unknown, data: BufferLike): Promise<ArrayBuffer> {
    return bytesFrom(ask('digest', { algorithm: named(algorithm) }, data))
  }

  async sign(algorithm: unknown, key: CryptoKey, data: BufferLike): Promise<ArrayBuffer> {
    return bytesFrom(ask('sign', { algorithm: named(algorithm), key: idOf(key) }, data))
  }

  async verify(
    algorithm: unknown,
    key: CryptoKey,
    signature: BufferLike,
    data: BufferLike,
  ): Promise<boolean> {
    const request = { algorithm: named(algorithm), key: idOf(key) }
    return (await ask('verify', request, signature, data)) === 'true'
  }

  async encrypt(algorithm: unknown, key: CryptoKey, data: BufferLike): Promise<ArrayBuffer> {
    return bytesFrom(ask('encrypt', { algorithm: named(algorithm), key: idOf(key) }, data))
  }

  async decrypt(algorithm: unknown, key: CryptoKey, data: BufferLike): Promise<ArrayBuffer> {
    return bytesFrom(ask('decrypt', { algorithm: named(algorithm), key: idOf(key) }, data))
  }

  async deriveBits(algorithm: unknown, baseKey: CryptoKey, length: number): Promise<ArrayBuffer> {
    const request = { algorithm: named(algorithm), baseKey: idOf(baseKey), length }
    return bytesFrom(ask('deriveBits', request))
  }

  async deriveKey(
    algorithm: unknown,
    baseKey: CryptoKey,
    derivedKeyType: unknown,
    extractable: boolean,
    usages: Usages,
  ): Promise<CryptoKey> {
    const request = {
      algorithm: named(algorithm),
      baseKey: idOf(baseKey),
      derivedKeyType: named(derivedKeyType),
      extractable: Boolean(extractable),
      usages: [...usages],
    }
    return keyFrom(await ask('deriveKey', request)) as CryptoKey
  }

  async generateKey(algorithm: unknown, extractable: boolean, usages: Usages): Promise<unknown> {
    const made = await ask('generateKey', {
      algorithm: named(algorithm),
      extractable: Boolean(extractable),
      usages: [...usages],
    })
    return keyFrom(made)
  }

  async importKey(
    format: string,
    keyData: BufferLike | Json,
    algorithm: unknown,
    extractable: boolean,
    usages: Usages,
  ): Promise<CryptoKey> {
    const isBytes = isBuffer(keyData)
    if (isBytes === (format === 'jwk')) throw notA(`key of format ${format}`)
    const request = {
      format: PlainString(format),
      ...(isBytes ? {} : { jwk: keyData }),
      algorithm: named(algorithm),
      extractable: Boolean(extractable),
      usages: [...usages],
    }
    return keyFrom(await ask('importKey', request, isBytes ? keyData : undefined)) as CryptoKey
  }

  async exportKey(format: string, key: CryptoKey): Promise<ArrayBuffer | Json> {
    const exported = await ask('exportKey', { format: PlainString(format), key: idOf(key) })
    return typeof exported === 'string' ? parseJson(exported) : bufferOf(exported)
  }

  async wrapKey(
    format: string,
    key: CryptoKey,
    wrappingKey: CryptoKey,
    algorithm: unknown,
  ): Promise<ArrayBuffer> {
    return bytesFrom(
      ask('wrapKey', {
        format: PlainString(format),
        key: idOf(key),
        wrappingKey: idOf(wrappingKey),
        wrapAlgorithm: named(algorithm),
      }),
    )
  }

  async unwrapKey(
    format: string,
    wrappedKey: BufferLike,
    unwrappingKey: CryptoKey,
    unwrapAlgorithm: unknown,
    unwrappedKeyAlgorithm: unknown,
    extractable: boolean,
    usages: Usages,
  ): Promise<CryptoKey> {
    const request = {
      format: PlainString(format),
      unwrappingKey: idOf(unwrappingKey),
      unwrapAlgorithm: named(unwrapAlgorithm),
      unwrappedKeyAlgorithm: named(unwrappedKeyAlgorithm),
      extractable: Boolean(extractable),
      usages: [...usages],
    }
    return keyFrom(await ask('unwrapKey', request, wrappedKey)) as CryptoKey
  }
}

/** The one there is. */
export const subtle = new SubtleCrypto()

function ask(
  method: string,
  members: Json,
  first?: BufferLike,
  second?: BufferLike,
): Promise<Uint8Array | string> {
  const request = JSON.stringify({ method, ...members })
  const data = first && bytesOf(first)
  try {
    return later(host(CryptoOp.subtle, request, data, second && bytesOf(second)))
  } catch (error) {
    throw asDomError(error as Error)
  }
}

/** An algorithm as JSON: bytes are base64, keys are their numbers. */
function named(algorithm: unknown): unknown {
  if (typeof algorithm === 'string') return algorithm
  if (typeof algorithm !== 'object' || algorithm === null) throw notA('algorithm')
  const json: Json = {}
  for (const [name, value] of Object.entries(algorithm)) json[name] = member(value)
  if (json.name === undefined) throw new DOMException('no such algorithm', 'NotSupportedError')
  return json
}

function member(value: unknown): unknown {
  if (isBuffer(value)) return toBase64(bytesOf(value))
  return value instanceof CryptoKey ? idOf(value) : value
}

function toBase64(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return btoa(text)
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
}

function keyFrom(json: Uint8Array | string): unknown {
  const made = parseJson(json as string)
  if (made.publicKey === undefined) return makeKey(made)
  return { publicKey: makeKey(made.publicKey), privateKey: makeKey(made.privateKey) }
}

async function bytesFrom(answer: Promise<Uint8Array | string>): Promise<ArrayBuffer> {
  return bufferOf(await answer)
}

function bufferOf(bytes: Uint8Array | string): ArrayBuffer {
  return (bytes as Uint8Array).buffer as ArrayBuffer
}

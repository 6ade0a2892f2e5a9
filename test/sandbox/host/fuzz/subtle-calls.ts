import type { Crossing } from '../../../../sandbox/border/crossing.ts'

/** The arguments of a call that is in order, so that the fuzz gets behind the first checks. */
export type Arguments = readonly Crossing[]

const BYTES = new Uint8Array([104, 105, 0xff, 0])
const KEY_USES = ['encrypt', 'decrypt', 'sign', 'verify', 'deriveKey', 'deriveBits', 'wrapKey']

const subtle = (method: string, members: object, ...data: Uint8Array[]): Arguments => {
  return [JSON.stringify({ method, ...members }), ...data]
}
const AES = { name: 'AES-GCM', length: 128, iv: 'AAAAAAAAAAAAAAAA', tagLength: 128 }
const HMAC = { name: 'HMAC', hash: 'SHA-256' }

/** Calls of `crypto.subtle` that are in order; a key's number is its place among those made. */
export const SUBTLE_CALLS: readonly Arguments[] = [
  subtle('digest', { algorithm: 'SHA-256' }, BYTES),
  subtle('digest', { algorithm: 'SHA-1' }, new Uint8Array(20_000)),
  subtle('generateKey', { algorithm: AES, extractable: true, usages: ['encrypt', 'decrypt'] }),
  subtle('generateKey', { algorithm: HMAC, extractable: true, usages: ['sign', 'verify'] }),
  subtle('generateKey', {
    algorithm: { name: 'ECDSA', namedCurve: 'P-256' },
    extractable: true,
    usages: ['sign', 'verify'],
  }),
  subtle(
    'importKey',
    { format: 'raw', algorithm: 'PBKDF2', extractable: false, usages: ['deriveBits'] },
    BYTES,
  ),
  subtle('importKey', {
    format: 'jwk',
    jwk: { kty: 'oct', k: 'AAAA' },
    algorithm: HMAC,
    usages: KEY_USES,
  }),
  subtle('importKey', { format: 'spki', algorithm: { name: 'Ed25519' }, usages: [] }, BYTES),
  subtle('exportKey', { format: 'jwk', key: 0 }),
  subtle('exportKey', { format: 'raw', key: 1 }),
  subtle('sign', { algorithm: HMAC, key: 1 }, BYTES),
  subtle('verify', { algorithm: HMAC, key: 1 }, BYTES, BYTES),
  subtle('encrypt', { algorithm: AES, key: 0 }, BYTES),
  subtle('decrypt', { algorithm: AES, key: 0 }, BYTES),
  subtle('deriveBits', {
    algorithm: { name: 'PBKDF2', hash: 'SHA-256', salt: 'AAAA', iterations: 10 },
    baseKey: 2,
    length: 256,
  }),
  subtle('deriveKey', {
    algorithm: { name: 'HKDF', hash: 'SHA-1', salt: '', info: '' },
    baseKey: 2,
    derivedKeyType: AES,
    usages: ['encrypt'],
  }),
  subtle('wrapKey', { format: 'raw', key: 1, wrappingKey: 0, wrapAlgorithm: AES }),
  subtle(
    'unwrapKey',
    {
      format: 'raw',
      unwrappingKey: 0,
      unwrapAlgorithm: AES,
      unwrappedKeyAlgorithm: HMAC,
      usages: ['sign'],
    },
    BYTES,
  ),
]

import { webcrypto } from 'node:crypto'
import type { X509Certificate } from '@peculiar/x509'

/** How keys are made and used: what all browsers know. */
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
/** Clocks differ. */
const EARLIER = 3_600_000

/** The library, where one is made: nobody else waits for it. */
export async function library() {
  await import('reflect-metadata')
  const x509 = await import('@peculiar/x509')
  x509.cryptoProvider.set(globalThis.crypto)
  return x509
}

export type Library = Awaited<ReturnType<typeof library>>

/** Makes a pair of keys. */
export function makeKeys() {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
}

/** What all certificates here have in common: the algorithm, a number, and from when until when. */
export function commonsFor(days: number) {
  const now = Date.now()
  const number = Buffer.from(webcrypto.getRandomValues(new Uint8Array(16)))
  // Positive, as RFC 5280 demands (section 4.1.2.2).
  number[0] = ((number[0] as number) & 0x7f) | 1
  return {
    serialNumber: number.toString('hex'),
    notBefore: new Date(now - EARLIER),
    notAfter: new Date(now + days * 86_400_000),
    signingAlgorithm: ALGORITHM,
  }
}

/** A certificate and its key as one text. */
export async function pemOf(certificate: X509Certificate, key: webcrypto.CryptoKey) {
  const exported = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key))
  const body = exported.toString('base64').replace(/.{64}(?=.)/g, '$&\n')
  const keyText = `-----BEGIN PRIVATE KEY-----\n${body}\n-----END PRIVATE KEY-----\n`
  return `${certificate.toString('pem').trim()}\n${keyText}`
}

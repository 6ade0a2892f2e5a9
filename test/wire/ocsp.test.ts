import { X509Certificate } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ocspRequest, readOcspAnswer } from '../../src/wire/tls/ocsp.ts'
import { certificate } from '../harness/certificates.ts'
import { type OcspFacts, ocspAnswer } from '../harness/ocsp.ts'

const authority = certificate({ subject: '/CN=Authority', authority: true })
const server = certificate({ subject: '/CN=server', by: authority })
const other = certificate({ subject: '/CN=other', by: authority })
const delegate = certificate({
  subject: '/CN=delegate',
  by: authority,
  extensions: ['extendedKeyUsage=OCSPSigning'],
})
const stranger = certificate({ subject: '/CN=Stranger', authority: true })
const [mine, its] = [server, authority].map(({ cert }) => new X509Certificate(cert)) as [
  X509Certificate,
  X509Certificate,
]

/** What is read of what openssl answers to what we ask. */
function answer(facts: Partial<OcspFacts>) {
  const question = ocspRequest(mine, its)
  return readOcspAnswer(
    ocspAnswer({ authority, certificate: server, ...facts }, question),
    mine,
    its,
  )
}

test('openssl understands what is asked, and is understood', () => {
  const good = answer({})
  expect(good.status).toBe('good')
  expect(good.nextUpdate - good.thisUpdate).toBe(3_600_000)
  expect(Math.abs(good.thisUpdate - Date.now())).toBeLessThan(60_000)
  expect(answer({ state: 'R' }).status).toBe('revoked')
  expect(answer({ certificate: other }).status).toBe('unknown')
})

test('whom the authority lets answer may; others may not', () => {
  expect(answer({ signer: delegate }).status).toBe('good')
  expect(() => answer({ signer: other })).toThrow('an answer that the issuer has not signed')
  expect(() => answer({ signer: stranger })).toThrow('an answer that the issuer has not signed')
})

test('RSA signs as well', () => {
  const ca = certificate({ subject: '/CN=RSA', authority: true, kind: 'rsa' })
  const leaf = certificate({ subject: '/CN=leaf', by: ca })
  const [one, two] = [new X509Certificate(leaf.cert), new X509Certificate(ca.cert)]
  const bytes = ocspAnswer({ authority: ca, certificate: leaf })
  expect(readOcspAnswer(bytes, one, two).status).toBe('good')
})

test('an answer about another certificate is none', () => {
  const bytes = ocspAnswer({ authority, certificate: other })
  expect(() => readOcspAnswer(bytes, mine, its)).toThrow('an answer about another certificate')
})

test('whatever is changed in it or cut off, it does not turn good', () => {
  const bytes = ocspAnswer({ authority, certificate: server, state: 'R' })
  expect(() => readOcspAnswer(Buffer.from('0a0103', 'hex'), mine, its)).toThrow(RangeError)
  expect(() => readOcspAnswer(Buffer.from('30030a0106', 'hex'), mine, its)).toThrow('status 6')
  const read = (changed: Buffer) => {
    try {
      return readOcspAnswer(changed, mine, its).status
    } catch (error) {
      return (error as Error).name
    }
  }
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, bits) => {
      const changed = Buffer.from(bytes)
      changed[at] = (changed[at] as number) ^ bits
      expect(read(changed)).not.toBe('good')
      expect(read(bytes.subarray(0, at))).toBe('RangeError')
    }),
    { numRuns: 300 },
  )
})

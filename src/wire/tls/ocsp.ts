import { Buffer } from 'node:buffer'
import { createHash, verify, X509Certificate } from 'node:crypto'
import {
  BIT_STRING,
  type DerValue,
  ENUMERATED,
  field,
  GENERALIZED_TIME,
  insideOf,
  NULL,
  OBJECT,
  OCTET_STRING,
  readDer,
  SEQUENCE,
  writeDer,
} from './der.ts'

/** What a responder says of a certificate (RFC 6960). */
export interface OcspAnswer {
  readonly status: 'good' | 'revoked' | 'unknown'
  /** Milliseconds since the epoch. */
  readonly thisUpdate: number
  /** Infinity where newer information is there all the time. */
  readonly nextUpdate: number
}

/** 1.3.14.3.2.26, which all responders know for naming certificates (RFC 5019, section 2.1.1). */
const SHA1 = Buffer.from('2b0e03021a', 'hex')
/** 1.3.6.1.5.5.7.48.1.1 */
const BASIC = '2b0601050507300101'
/** 1.3.6.1.5.5.7.3.9: who has it may answer for the authority that certified it. */
const OCSP_SIGNING = '1.3.6.1.5.5.7.3.9'
/** Hashes of signatures by the object that names both, in hexadecimal (RFC 5758, RFC 4055). */
const HASHES: Readonly<Record<string, string>> = {
  '2a864886f70d010105': 'sha1',
  '2a864886f70d01010b': 'sha256',
  '2a864886f70d01010c': 'sha384',
  '2a864886f70d01010d': 'sha512',
  '2a8648ce3d040302': 'sha256',
  '2a8648ce3d040303': 'sha384',
  '2a8648ce3d040304': 'sha512',
}

/** What a responder is asked. Throws a `RangeError` for what is no certificate. */
export function ocspRequest(certificate: X509Certificate, issuer: X509Certificate): Buffer {
  const request = writeDer(SEQUENCE, certIdOf(certificate, issuer))
  return writeDer(SEQUENCE, writeDer(SEQUENCE, writeDer(SEQUENCE, request)))
}

/**
 * What an answer says of a certificate. Throws where it is none, not about that one, or not signed by
 * the issuer or by whom the issuer lets answer.
 */
export function readOcspAnswer(
  bytes: Buffer,
  certificate: X509Certificate,
  issuer: X509Certificate,
): OcspAnswer {
  const [status, wrapped] = insideOf(bytes)
  if (status?.tag !== ENUMERATED || status.content[0] !== 0 || !wrapped) {
    throw new RangeError(`the responder answers with status ${status?.content[0]}`)
  }
  const [kind, basic] = insideOf(part(insideOf(wrapped.whole, field(0))[0]).whole)
  if (kind?.content.toString('hex') !== BASIC) throw new RangeError('an answer of another kind')
  const [data, algorithm, signature, certificates] = insideOf(part(basic).content)
  checkSignature(part(data), part(algorithm), part(signature), signersOf(certificates, issuer))
  const id = certIdOf(certificate, issuer)
  const responses = readDer(part(data).content).find(({ tag }) => tag === SEQUENCE)
  for (const single of readDer(part(responses).content)) {
    const [certId, state, thisUpdate, next] = readDer(single.content)
    if (!certId?.whole.equals(id)) continue
    return {
      status: STATES[part(state).tag & 0x1f] ?? 'unknown',
      thisUpdate: timeOf(thisUpdate),
      nextUpdate: next?.tag === field(0) ? timeOf(readDer(next.content)[0]) : Infinity,
    }
  }
  throw new RangeError('an answer about another certificate')
}

const STATES = ['good', 'revoked', 'unknown'] as const

function certIdOf(certificate: X509Certificate, issuer: X509Certificate): Buffer {
  const [tbs] = insideOf(certificate.raw)
  const fields = readDer(part(tbs).content)
  // A version may stand before the number.
  const at = fields[0]?.tag === field(0) ? 1 : 0
  const key = insideOf(issuer.publicKey.export({ type: 'spki', format: 'der' }))[1]
  // The first octet of a bit string tells how many bits are unused.
  const hashes = [part(fields[at + 2]).whole, part(key).content.subarray(1)].map((each) => {
    return writeDer(OCTET_STRING, createHash('sha1').update(each).digest())
  })
  const algorithm = writeDer(SEQUENCE, writeDer(OBJECT, SHA1), writeDer(NULL))
  return writeDer(SEQUENCE, algorithm, ...hashes, part(fields[at]).whole)
}

/** The issuer, and those it lets answer. */
function signersOf(
  field: DerValue | undefined,
  issuer: X509Certificate,
): readonly X509Certificate[] {
  const shown = field ? insideOf(field.content).map(({ whole }) => new X509Certificate(whole)) : []
  const now = Date.now()
  const delegates = shown.filter((each) => {
    const isNow = Date.parse(each.validFrom) <= now && now <= Date.parse(each.validTo)
    return isNow && each.keyUsage?.includes(OCSP_SIGNING) && each.verify(issuer.publicKey)
  })
  return [issuer, ...delegates]
}

function checkSignature(
  data: DerValue,
  algorithm: DerValue,
  signature: DerValue,
  signers: readonly X509Certificate[],
): void {
  const hash = HASHES[readDer(algorithm.content)[0]?.content.toString('hex') ?? '']
  if (hash === undefined || signature.tag !== BIT_STRING) {
    throw new RangeError('an answer that is signed in an unknown way')
  }
  const bytes = signature.content.subarray(1)
  const isRight = signers.some(({ publicKey }) => verify(hash, data.whole, publicKey, bytes))
  if (!isRight) throw new RangeError('an answer that the issuer has not signed')
}

function timeOf(value: DerValue | undefined): number {
  const text = part(value).content.toString('latin1')
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(text) ?? []
  if (value?.tag !== GENERALIZED_TIME || year === undefined) throw new RangeError('no time')
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
}

function part(value: DerValue | undefined): DerValue {
  if (!value) throw new RangeError('an answer without all of its parts')
  return value
}

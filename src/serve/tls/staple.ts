import type { Buffer } from 'node:buffer'
import type { X509Certificate } from 'node:crypto'
import { errorLog } from '../../storage/log/error-log.ts'
import { ocspRequest, readOcspAnswer } from '../../wire/tls/ocsp.ts'
import { askResponder } from './ocsp-responder.ts'

/** As nginx: asked again after an hour, or after five minutes where that has failed (milliseconds). */
const AGAIN = 3_600_000
const AGAIN_FAILED = 300_000

/** What clients are told of a certificate by those who may take it back. */
export interface Staple {
  /** In DER; undefined where nothing is known now. Sees to it that something newer is, later. */
  response(): Buffer | undefined
}

/** An answer that somebody else keeps new. */
export function givenStaple(response: Buffer): Staple {
  return { response: () => response }
}

/** An answer that is asked for at a responder, and shown as long as it is good. */
export class AskedStaple implements Staple {
  readonly #certificate: X509Certificate
  readonly #issuer: X509Certificate
  readonly #url: string
  #known: { readonly bytes: Buffer; readonly until: number } | undefined = undefined
  #askAt = 0

  constructor(certificate: X509Certificate, issuer: X509Certificate, url: string) {
    this.#certificate = certificate
    this.#issuer = issuer
    this.#url = url
  }

  response(): Buffer | undefined {
    const now = Date.now()
    if (now >= this.#askAt) {
      this.#askAt = now + AGAIN_FAILED
      this.#ask().catch((error: Error) => {
        errorLog.write('error', `no OCSP answer of "${this.#url}": ${error.message}`)
      })
    }
    return this.#known && now < this.#known.until ? this.#known.bytes : undefined
  }

  async #ask(): Promise<void> {
    const bytes = await askResponder(this.#url, ocspRequest(this.#certificate, this.#issuer))
    const answer = readOcspAnswer(bytes, this.#certificate, this.#issuer)
    const now = Date.now()
    if (answer.status !== 'good') throw new Error(`the certificate is ${answer.status}`)
    if (now < answer.thisUpdate - AGAIN_FAILED || now >= answer.nextUpdate) {
      throw new Error('its answer is not of this time')
    }
    this.#known = { bytes, until: answer.nextUpdate }
    this.#askAt = Math.min(now + AGAIN, answer.nextUpdate)
  }
}

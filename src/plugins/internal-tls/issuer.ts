import { createHash, createPrivateKey, X509Certificate } from 'node:crypto'
import type { CertificatePair } from 'gateway/plugin'
import { Authority } from './authority.ts'
import { PrivateFolder } from './private-folder.ts'
import type { SubjectName } from './subject-names.ts'

/** With less than that before its end, a certificate is made anew, in milliseconds. */
const LEFT = 30 * 86_400_000

/** Makes the certificate of some names, and keeps it. */
export class Issuer {
  readonly #folder: PrivateFolder
  readonly #path: string
  readonly #names: readonly SubjectName[]

  constructor({ folder, names }: { folder: string; names: readonly SubjectName[] }) {
    this.#path = folder
    this.#folder = new PrivateFolder(folder)
    this.#names = names
  }

  /** The one that is kept, or a new one where that will not do. */
  issue(): Promise<CertificatePair> {
    // Servers of one folder that are made ready together wait for each other: they share an authority.
    const issued = (turns.get(this.#path) ?? Promise.resolve()).then(() => this.#issue())
    turns.set(
      this.#path,
      issued.catch(() => undefined),
    )
    return issued
  }

  async #issue(): Promise<CertificatePair> {
    const authority = await Authority.of(this.#folder)
    const known = this.#folder.read(this.#file)
    if (known !== undefined && this.#willDo(known, authority)) return pairOf(known)
    const made = await authority.certify(this.#names)
    this.#folder.replace(this.#file, made)
    return pairOf(made)
  }

  /** Whether it is time to make another one. */
  endsSoon({ certificate }: CertificatePair): boolean {
    return Date.parse(new X509Certificate(certificate).validTo) - Date.now() < LEFT
  }

  #willDo(pem: string, authority: Authority): boolean {
    try {
      const certificate = new X509Certificate(pem)
      const isOurs = certificate.verify(authority.certificate.publicKey)
      const fits = certificate.checkPrivateKey(createPrivateKey(pem))
      return isOurs && fits && !this.endsSoon(pairOf(pem))
    } catch {
      return false
    }
  }

  /** By its names, so that others get another one. */
  get #file(): string {
    const names = this.#names.map(({ type, value }) => `${type}:${value}`)
    const hash = createHash('sha256').update(names.join()).digest('hex').slice(0, 16)
    return `${this.#names[0]?.value.replace(/[^\w.-]/g, '_').slice(0, 64)}-${hash}.pem`
  }
}

/** What was begun last, by folder. */
const turns = new Map<string, Promise<unknown>>()

/** One text has both. */
function pairOf(pem: string): CertificatePair {
  return { certificate: pem, key: pem }
}

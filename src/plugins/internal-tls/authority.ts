import { createPrivateKey, webcrypto, X509Certificate } from 'node:crypto'
import { hostname } from 'node:os'
import { commonsFor, type Library, library, makeKeys, pemOf } from './library.ts'
import { type PrivateFolder, PUBLIC_FILE } from './private-folder.ts'
import type { SubjectName } from './subject-names.ts'

const FILE = 'authority.pem'
/** How long an authority is valid, and what it signs, in days. */
const AUTHORITY_DAYS = 3650
const CERTIFICATE_DAYS = 90
const DAY = 86_400_000
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1'

/** The authority of a machine: its certificate, and as PEM also its key. */
export class Authority {
  readonly certificate: X509Certificate
  readonly #pem: string

  private constructor(pem: string) {
    this.#pem = pem
    this.certificate = new X509Certificate(pem)
  }

  /** The one of a folder, which is made where there is none that will do. */
  static async of(folder: PrivateFolder): Promise<Authority> {
    const known = usable(folder.read(FILE))
    if (known !== undefined) return new Authority(known)
    const made = await makeAuthority()
    const there = folder.read(FILE) === undefined ? folder.add(FILE, made) : undefined
    if (there === undefined) folder.replace(FILE, made)
    const authority = new Authority(there ?? made)
    folder.replace(PUBLIC_FILE, authority.certificate.toString())
    return authority
  }

  /** Certifies names: a certificate and its key as PEM. */
  async certify(names: readonly SubjectName[]): Promise<string> {
    const x509 = await library()
    const keys = await makeKeys()
    const issuer = new x509.X509Certificate(this.certificate.raw)
    const key = createPrivateKey(this.#pem).export({ type: 'pkcs8', format: 'der' })
    const commons = commonsFor(CERTIFICATE_DAYS)
    const signer = await webcrypto.subtle.importKey('pkcs8', key, commons.signingAlgorithm, false, [
      'sign',
    ])
    const certificate = await x509.X509CertificateGenerator.create({
      ...commons,
      subject: [{ CN: [names[0]?.value ?? 'localhost'] }],
      issuer: issuer.subjectName,
      publicKey: keys.publicKey,
      signingKey: signer,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([SERVER_AUTH]),
        new x509.SubjectAlternativeNameExtension([...names]),
        await x509.AuthorityKeyIdentifierExtension.create(issuer),
      ],
    })
    return pemOf(certificate, keys.privateKey)
  }
}

async function makeAuthority(): Promise<string> {
  const x509 = await library()
  const keys = await makeKeys()
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...commonsFor(AUTHORITY_DAYS),
    name: [{ O: ['Gateway'] }, { CN: [`Local authority of ${hostname()}`.slice(0, 64)] }],
    keys,
    extensions: await extensionsOf(x509, keys.publicKey),
  })
  return pemOf(certificate, keys.privateKey)
}

async function extensionsOf(x509: Library, key: webcrypto.CryptoKey) {
  const { keyCertSign, cRLSign } = x509.KeyUsageFlags
  return [
    // No other authority below it.
    new x509.BasicConstraintsExtension(true, 0, true),
    new x509.KeyUsagesExtension(keyCertSign | cRLSign, true),
    await x509.SubjectKeyIdentifierExtension.create(key),
  ]
}

/** The text, if it is an authority with its key that outlives what it would sign now. */
function usable(pem: string | undefined): string | undefined {
  if (pem === undefined) return undefined
  try {
    const certificate = new X509Certificate(pem)
    const left = Date.parse(certificate.validTo) - Date.now()
    const fits = certificate.ca && certificate.checkPrivateKey(createPrivateKey(pem))
    return fits && left > CERTIFICATE_DAYS * DAY ? pem : undefined
  } catch {
    return undefined
  }
}

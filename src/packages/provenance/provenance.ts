import { createHash } from 'node:crypto'
import { type Registry, readFromRegistry } from '../archive/registry-json.ts'
import type { TrustRoot } from './trust-root.ts'

/** Who has built an archive, of what: signed, and verified. */
export interface Provenance {
  /** Who has signed: a workflow, as the URI in the certificate. */
  readonly signer: string
  /** Who has said that it was them: the provider of their identity. */
  readonly issuer: string
  /** URL of the sources, and the commit; undefined where the certificate has none. */
  readonly repository: string | undefined
  readonly commit: string | undefined
}

/** An archive of a registry that has attestations. */
export interface Attested {
  readonly name: string
  readonly version: string
  readonly bytes: Uint8Array
  /** Where the registry has them; only its path counts. */
  readonly url: string
}

const PROVENANCE = 'https://slsa.dev/provenance/'
/** Extensions of a certificate: source repository URI, and digest (Fulcio's, section 1.3.6.1.4.1.57264). */
const REPOSITORY = '1.3.6.1.4.1.57264.1.12'
const COMMIT = '1.3.6.1.4.1.57264.1.13'

/**
 * Verifies the provenance of an archive: that its certificate is of the trust root, and in its
 * certificate log, that the signature is in the transparency log, and that it is about these bytes
 * under this name and version. Undefined where there is none. Throws where one does not hold.
 */
export async function verifyProvenance(
  { bytes, name, url, version }: Attested,
  registry: Registry,
  trust: () => Promise<TrustRoot>,
): Promise<Provenance | undefined> {
  const bundles = bundlesIn(await readFromRegistry(new URL(url).pathname, registry))
  if (bundles.length === 0) return undefined
  const root = await trust()
  const subject = { name: purl(name, version), sha512: hex(bytes) }
  const [first] = await Promise.all(bundles.map((each) => verifyBundle(each, subject, root)))
  return first
}

interface Subject {
  readonly name: string
  readonly sha512: string
}

async function verifyBundle(json: unknown, subject: Subject, root: TrustRoot): Promise<Provenance> {
  const [{ bundleFromJSON }, { toSignedEntity, toTrustMaterial, Verifier }] = await Promise.all([
    import('@sigstore/bundle'),
    import('@sigstore/verify'),
  ])
  const bundle = bundleFromJSON(json)
  const { content } = bundle
  if (content.$case !== 'dsseEnvelope') throw new Error('it is no signed statement')
  const signer = new Verifier(toTrustMaterial(root)).verify(toSignedEntity(bundle))
  checkStatement(content.dsseEnvelope.payload, subject)
  const { extensions, oids = [], subjectAlternativeName } = signer.identity ?? {}
  if (subjectAlternativeName === undefined) throw new Error('it is signed by nobody')
  const extension = (id: string) => {
    const found = oids.find(({ oid }) => oid?.id.join('.') === id)
    return found && utf8In(found.value)
  }
  return {
    signer: subjectAlternativeName,
    issuer: extensions?.issuer ?? '',
    repository: extension(REPOSITORY),
    commit: extension(COMMIT),
  }
}

/** Only what is signed is looked at: what the registry says beside it is worth nothing. */
function checkStatement(payload: Uint8Array, wanted: Subject): void {
  const { predicateType, subject } = JSON.parse(Buffer.from(payload).toString()) as Statement
  if (!String(predicateType).startsWith(PROVENANCE)) throw new Error('it is no provenance')
  const [is, ...more] = Array.isArray(subject) ? subject : []
  if (more.length > 0 || is?.name !== wanted.name || is?.digest?.sha512 !== wanted.sha512) {
    throw new Error(`it is about ${is?.name ?? 'nothing'}, or other bytes, and not ${wanted.name}`)
  }
}

interface Statement {
  readonly predicateType?: unknown
  readonly subject?: readonly { readonly name?: string; readonly digest?: { sha512?: string } }[]
}

/** What else is attested (that the registry has published it) needs the registry's word alone. */
function bundlesIn(answer: unknown): unknown[] {
  const { attestations } = Object(answer) as { readonly attestations?: unknown }
  if (!Array.isArray(attestations)) return []
  return attestations
    .filter((each) => String(Object(each).predicateType).startsWith(PROVENANCE))
    .map((each) => Object(each).bundle as unknown)
}

/** As npm writes it: `pkg:npm/%40acme/hello@1.0.0`. */
function purl(name: string, version: string): string {
  return `pkg:npm/${name.replace('@', '%40')}@${version}`
}

function hex(bytes: Uint8Array): string {
  return createHash('sha512').update(bytes).digest('hex')
}

const UTF8_STRING = 0x0c
const SHORT = 0x80

/** A UTF8String of ASN.1, as DER has it; one that is too long for a short form is left out. */
function utf8In(der: Uint8Array): string | undefined {
  const [tag, length = SHORT] = der
  if (tag !== UTF8_STRING || length >= SHORT || der.length !== length + 2) return undefined
  return Buffer.from(der.subarray(2)).toString()
}

import { ConfigError } from '../../kernel/directive/mark.ts'
import type { Client } from '../../kernel/exchange/client.ts'
import type { ServerPlan } from '../../kernel/phase/plan.ts'
import type { Awaitable } from '../../kernel/phase/verdict.ts'
import { followFiles, isFile } from '../../kernel/tls/tls-files.ts'
import type { ClientHello } from '../../wire/tls/client-hello.ts'
import { CertificateChoice, type NoCertificate } from './certificate-choice.ts'
import type { CertificateFile } from './certificate-file.ts'
import type { Contexts } from './contexts.ts'
import type { TlsSettings } from './directives.ts'
import { helloClient } from './hello-client.ts'
import { makeContexts } from './make-contexts.ts'
import type { TlsIdentity } from './tls-identity.ts'

/** How a server speaks TLS. */
export class TlsServer {
  readonly settings: TlsSettings
  readonly #identity: TlsIdentity
  readonly #plan: ServerPlan
  #choice: CertificateChoice
  /** For all whom nobody chooses another certificate for; undefined where there is none. */
  #own: Contexts | undefined

  /** Throws a `ConfigError` for what does not fit together. */
  constructor(settings: TlsSettings, identity: TlsIdentity, plan: ServerPlan) {
    this.settings = settings
    this.#identity = identity
    this.#plan = plan
    checkPairs(settings)
    this.#choice = new CertificateChoice(settings, identity, plan)
    this.#own = ownContexts(settings, identity)
  }

  /** What a connection begins with, or why it does not. */
  contextsFor(client: Client, hello: ClientHello): Awaitable<Contexts | NoCertificate> {
    if (this.#choice.isFixed) return this.#own ?? 'unknown'
    return this.#choice.for(helloClient(client, hello), this.#own)
  }

  /** What a worker begins: takes up files that change, whole or not at all. Returns what ends it. */
  begin(): () => void {
    // Asked for now, it is there for the first client.
    this.#own?.staple?.response()
    return followFiles(this.settings, (settings) => {
      const own = ownContexts(settings, this.#identity)
      this.#choice = new CertificateChoice(settings, this.#identity, this.#plan)
      this.#own = own
    })
  }

  /** How many authorities may stand above the certificate of a client; undefined if none is asked for. */
  get verifiedDepth(): number | undefined {
    return this.asksClients ? this.settings.ssl_verify_depth : undefined
  }

  /** Whether clients are asked for a certificate. */
  get asksClients(): boolean {
    return this.settings.ssl_verify_client !== 'off'
  }
}

function checkPairs({ ssl_certificate, ssl_certificate_key }: TlsSettings): void {
  const without = ssl_certificate[ssl_certificate_key.length]
  if (without) {
    const text = `no "ssl_certificate_key" is defined for certificate "${nameOf(without)}"`
    throw new ConfigError(without.mark, text)
  }
  const left = ssl_certificate_key[ssl_certificate.length]
  if (left) {
    throw new ConfigError(left.mark, `no "ssl_certificate" is defined for key "${nameOf(left)}"`)
  }
}

/** Of a server that has certificates, and they are the same for all; of others, what can be checked. */
function ownContexts(settings: TlsSettings, identity: TlsIdentity): Contexts | undefined {
  const { ssl_certificate, ssl_certificate_key } = settings
  const certificates = ssl_certificate.filter(isFile)
  const keys = ssl_certificate_key.filter(isFile)
  const isFixed =
    certificates.length === ssl_certificate.length && keys.length === ssl_certificate_key.length
  const pairs = isFixed
    ? certificates.map((certificate, i) => ({ certificate, key: keys[i] as typeof certificate }))
    : []
  const made = makeContexts(pairs, settings, identity)
  return pairs.length > 0 ? made : undefined
}

function nameOf(file: CertificateFile): string {
  return isFile(file) ? file.path : file.name.source
}

import { Buffer } from 'node:buffer'
import { steadyTime } from '../../base/clock.ts'
import type { Client } from '../../kernel/exchange/client.ts'
import { ownExchange } from '../../kernel/exchange/own-exchange.ts'
import type { ServerPlan } from '../../kernel/phase/plan.ts'
import type { TlsFile } from '../../kernel/tls/tls-file.ts'
import { isFile } from '../../kernel/tls/tls-files.ts'
import type { CertificateFile } from './certificate-file.ts'
import type { TlsSettings } from './directives.ts'
import { KeptFiles, type KeptFilesLimits } from './kept-files.ts'
import type { Pair } from './make-contexts.ts'

const NOT_KEPT: KeptFilesLimits = { max: 0, inactive: 0, valid: 0 }

/** Certificates and keys with variables in what names them. */
export class WrittenPairs {
  readonly #settings: TlsSettings
  readonly #plan: ServerPlan
  readonly #kept: KeptFiles

  private constructor(settings: TlsSettings, plan: ServerPlan) {
    this.#settings = settings
    this.#plan = plan
    this.#kept = new KeptFiles(settings.ssl_certificate_cache ?? NOT_KEPT)
  }

  /** Undefined where there are no variables. */
  static of(settings: TlsSettings, plan: ServerPlan): WrittenPairs | undefined {
    const { ssl_certificate, ssl_certificate_key } = settings
    const all = [...ssl_certificate, ...ssl_certificate_key]
    return all.every(isFile) ? undefined : new WrittenPairs(settings, plan)
  }

  /** What they come to for a client. Throws a `ConfigError` for a file that cannot be read. */
  for(client: Client): readonly Pair[] {
    const { ssl_certificate, ssl_certificate_key } = this.#settings
    const x = ownExchange({ server: this.#plan, location: this.#plan.own }, client)
    const load = (file: CertificateFile): TlsFile => {
      if (isFile(file)) return file
      const { form, mark, name } = file
      const text = name.render(x)
      return form === 'data'
        ? { path: 'data', content: Buffer.from(text, 'latin1'), mark }
        : this.#kept.load(text, mark, steadyTime())
    }
    return ssl_certificate.map((certificate, i) => {
      return {
        certificate: load(certificate),
        key: load(ssl_certificate_key[i] as CertificateFile),
      }
    })
  }
}

import { Buffer } from 'node:buffer'
import type { Mark } from '../../kernel/directive/mark.ts'
import type { Client } from '../../kernel/exchange/client.ts'
import type { ServerPlan } from '../../kernel/phase/plan.ts'
import type { Awaitable } from '../../kernel/phase/verdict.ts'
import type { CertificatePair } from '../../kernel/tls/certificate-pair.ts'
import type { TlsFile } from '../../kernel/tls/tls-file.ts'
import type { Contexts } from './contexts.ts'
import type { TlsSettings } from './directives.ts'
import { makeContexts, type Pair } from './make-contexts.ts'
import type { TlsIdentity } from './tls-identity.ts'
import { WrittenPairs } from './written-pairs.ts'

/** The longest that plugins may take to choose, in milliseconds, and of the time for a handshake. */
const PATIENCE = 10_000
const SHARE = 0.5
/** Contexts of a server that are kept, of those that were used last. */
const MOST_CONTEXTS = 200
/** What a plugin may give for a certificate or for a key, in characters. */
const LONGEST = 262_144

/** `unknown`: nobody has one · `failed`: somebody should have had one, and the log tells. */
export type NoCertificate = 'unknown' | 'failed'

/** Chooses what clients are shown where not all are shown the same. */
export class CertificateChoice {
  readonly #settings: TlsSettings
  readonly #identity: TlsIdentity
  readonly #plan: ServerPlan
  readonly #written: WrittenPairs | undefined
  /** By certificates and keys; the one that was used last stands last. */
  readonly #made = new Map<string, Contexts>()

  constructor(settings: TlsSettings, identity: TlsIdentity, plan: ServerPlan) {
    this.#settings = settings
    this.#identity = identity
    this.#plan = plan
    this.#written = WrittenPairs.of(settings, plan)
  }

  /** Whether there is nothing to choose. */
  get isFixed(): boolean {
    return !this.#plan.chooseCertificate && !this.#written
  }

  /** `own` is what a client is shown for which nobody chooses anything. */
  for(client: Client, own: Contexts | undefined): Awaitable<Contexts | NoCertificate> {
    const { chooseCertificate } = this.#plan
    const name = client.tls?.serverName ?? ''
    const settle = (pair: CertificatePair | undefined) => {
      if (!pair) return this.#unchosen(client, own ?? 'unknown')
      return this.#contextsOf([checkedPair(pair, name, this.#identity.mark)])
    }
    const failed = (error: unknown) => {
      this.#tell(client, `no certificate was chosen for "${name}": ${messageOf(error)}`)
      return this.#unchosen(client, own ?? 'failed')
    }
    try {
      const found = chooseCertificate?.(name, client)
      return found instanceof Promise
        ? this.#inTime(found).then(settle).catch(failed)
        : settle(found)
    } catch (error) {
      return failed(error)
    }
  }

  #unchosen(client: Client, otherwise: Contexts | NoCertificate): Contexts | NoCertificate {
    if (!this.#written) return otherwise
    try {
      return this.#contextsOf(this.#written.for(client))
    } catch (error) {
      this.#tell(client, messageOf(error))
      return 'failed'
    }
  }

  #contextsOf(pairs: readonly Pair[]): Contexts {
    const key = pairs.map(({ certificate, key }) => `${certificate.content}\n${key.content}`).join()
    const made = this.#made.get(key) ?? makeContexts(pairs, this.#settings, this.#identity)
    this.#made.delete(key)
    this.#made.set(key, made)
    if (this.#made.size > MOST_CONTEXTS) this.#made.delete(this.#made.keys().next().value as string)
    return made
  }

  /** Whoever takes too long has chosen nothing. */
  #inTime<T>(choosing: Promise<T>): Promise<T> {
    const time = Math.min(PATIENCE, this.#settings.ssl_handshake_timeout * SHARE)
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`it takes longer than ${time} ms`)), time)
      choosing.then(resolve, reject).finally(() => clearTimeout(timer))
    })
  }

  #tell({ address, serial }: Client, text: string): void {
    const { error_log } = this.#plan.own.settings
    error_log.write('error', `${text} while SSL handshaking`, {
      connection: serial,
      client: address,
    })
  }
}

function checkedPair(pair: CertificatePair, name: string, mark: Mark): Pair {
  const file = (part: keyof CertificatePair): TlsFile => {
    const text: unknown = pair[part]
    if (typeof text === 'string' && text.length <= LONGEST) {
      return { path: `${part} of ${name}`, content: Buffer.from(text), mark }
    }
    throw new Error(`its ${part} is no text of at most ${LONGEST} characters`)
  }
  return { certificate: file('certificate'), key: file('key') }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

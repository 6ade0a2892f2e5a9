import type { Listen } from '../kernel/listen/listen-directive.ts'
import type { Beginning, ServerPlan } from '../kernel/phase/plan.ts'
import type { ServerNames } from '../kernel/route/server-names.ts'
import type { TlsSettings } from '../serve/tls/directives.ts'
import { TlsServer } from '../serve/tls/tls-server.ts'
import { TlsServers } from '../serve/tls/tls-servers.ts'
import type { CompiledServer } from './compile-listens.ts'
import type { Problems } from './config-errors.ts'
import type { Values } from './inherit.ts'
import type { Table } from './table.ts'

/** Settles how servers speak TLS, once for each, on however many addresses they do. */
export class TlsCompiler {
  readonly #table: Table
  readonly #values: Values
  readonly #problems: Problems
  /** Undefined for one whose files are wrong. */
  readonly #made = new Map<ServerPlan, TlsServer | undefined>()

  constructor(table: Table, values: Values, problems: Problems) {
    this.#table = table
    this.#values = values
    this.#problems = problems
  }

  /** What a worker begins: files that change are taken up. */
  get beginnings(): readonly Beginning[] {
    return [...this.#made.values()].flatMap((server) => {
      return server ? [{ plugin: 'tls', run: () => server.begin() }] : []
    })
  }

  /** As nginx demands: the default server of an address has a certificate, or it rejects. */
  serversOf(listen: Listen, servers: readonly CompiledServer[], names: ServerNames): TlsServers {
    const fallback = servers.find(({ plan }) => plan === names.default) as CompiledServer
    const { ssl_certificate, ssl_reject_handshake } = this.#settingsOf(fallback)
    const isBare = (server: CompiledServer) => {
      const settings = this.#settingsOf(server)
      const shows = settings.ssl_certificate.length > 0 || server.plan.chooseCertificate
      return !shows && !settings.ssl_reject_handshake
    }
    const shows = ssl_certificate.length > 0 || fallback.plan.chooseCertificate
    const demanded = shows ? [] : ssl_reject_handshake ? servers : [fallback]
    if (demanded.some(isBare)) {
      this.#problems.error(
        listen.mark,
        'no "ssl_certificate" is defined for the "listen ... ssl" directive',
        'name a certificate and its key in the server, or in http for all',
      )
    }
    const speaking = new Map<ServerPlan, TlsServer>()
    for (const server of servers) {
      const made = isBare(server) ? undefined : this.#make(server)
      if (made) speaking.set(server.plan, made)
    }
    return new TlsServers(names, speaking)
  }

  #make(server: CompiledServer): TlsServer | undefined {
    const { block, plan } = server
    if (this.#made.has(plan)) return this.#made.get(plan)
    // Those that verify clients differently do not take each other's sessions.
    const { file, line, column } = block.mark
    const place = `${file}:${line}:${column}`
    const { mark } = block
    const warn = (text: string) => this.#problems.warn(mark, text)
    const identity = { title: plan.name, place, mark, warn }
    const made = this.#problems.attempt(
      () => new TlsServer(this.#settingsOf(server), identity, plan),
    )
    this.#made.set(plan, made)
    return made
  }

  #settingsOf({ block }: CompiledServer): TlsSettings {
    return this.#values.of(this.#table.kernel.tls, block) as TlsSettings
  }
}

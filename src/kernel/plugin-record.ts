import type { ConfigOf, Directives } from './directive/directive.ts'
import type { Mark } from './directive/mark.ts'
import type { Client } from './exchange/client.ts'
import type { Exchange } from './exchange/exchange.ts'
import { type Filter, STAGES, type Stage } from './filter/stage.ts'
import type { Awaitable, Handler, OpenPhase } from './phase/verdict.ts'
import type { Serving } from './process/serving.ts'
import type { CertificatePair } from './tls/certificate-pair.ts'
import type { Balancer, PeerChooser, Peers } from './upstream/balancer.ts'
import type { Upstream } from './upstream/upstream.ts'
import type { Variable, VariableFamily } from './variable/variable.ts'

/** Where a plan is being compiled: what `prepare` may look at. */
export interface Place {
  readonly scope: 'server' | 'location'
  /** `/api/`, `= /healthz`, `~ \.php$`, `@fallback`; the server's first name in scope server. */
  readonly name: string
  readonly mark: Mark
  /** Of the server here: the words of `server_name`. */
  readonly serverNames: readonly string[]
  /** The kernel's own settings that plugins share. */
  readonly root: import('./variable/template.ts').Template
  /** Where request bodies go that do not fit into memory (`client_body_temp_path`). */
  readonly bodyFolder: import('../storage/temp/temp-folder.ts').TempFolder
  /** The folder a directive made by `tempPath` names: it is made when the gateway starts. */
  tempFolder(
    path: import('./settings/temp-path.ts').TempPath,
  ): import('../storage/temp/temp-folder.ts').TempFolder
  /** Whether the directive was written here or above, as opposed to standing at its default. */
  configured(directive: string): boolean
  /** The value that counts here of a directive of some other plugin; undefined where there is none. */
  value(directive: string): unknown
  /** Where the directive that counts here was written. */
  markOf(directive: string): Mark | undefined
  warn(text: string, mark?: Mark): void
  fail(text: string, mark?: Mark): never
}

/** Where the order of plugins counts: phases, for handlers, and stages, for filters. */
export const ORDERED = [
  'postRead',
  'serverRewrite',
  'rewrite',
  'preaccess',
  'access',
  'precontent',
  'content',
  'log',
  ...STAGES,
] as const satisfies readonly (OpenPhase | Stage)[]

/** Before or after which other plugins one acts: `after:real-ip`, `before:gzip`. */
export type OrderRules = Readonly<Partial<Record<OpenPhase | Stage, readonly string[]>>>

/**
 * A plugin: directives, and what is done with them. Keys named after phases hold handlers.
 *
 * A plugin takes part in a location only if one of its directives is written there or above, or
 * if it says `always`; elsewhere it costs nothing.
 */
export type Plugin<D extends Directives, P = ConfigOf<D>> = {
  readonly name: string
  /** One sentence for the reference. */
  readonly doc?: string
  readonly directives?: D
  /** Takes part in every location, configured or not. */
  readonly always?: boolean
  /**
   * A promise that nothing here looks at an exchange once its `log` handlers have returned. Where
   * all plugins of a place give it, the fields of a request that is answered at once are never
   * copied for those who come late: reading them then throws.
   */
  readonly transient?: boolean
  /** Its content handler is asked first even where a directive claims the content for another one. */
  readonly wraps?: boolean
  /**
   * Turns the directives' values into what handlers and filters get, once for each place, when the
   * configuration is compiled. Undefined means: not here after all.
   */
  readonly prepare?: (config: ConfigOf<D>, place: Place) => P | undefined
  /**
   * Makes what was prepared ready to be used, where that takes time: reads, compiles, looks up.
   * The master awaits it when it checks a configuration, which is refused where this rejects (with
   * a `ConfigError`, or anything else). Each worker does again, before it accepts: it is handed the
   * text that was resolved to in the master, so that all of them serve the same.
   */
  readonly ready?: (prepared: P, handed: string | undefined) => Promise<string | undefined>
  /**
   * What a place does that no request asks for: called in each worker once it accepts. What it
   * returns is called when the worker begins to leave.
   */
  readonly begin?: (prepared: P, worker: Serving) => () => void
  /**
   * Makes a plugin of a file whose code is not trusted: of one that `plugins` names with
   * `isolation=sandbox`. `cache` is a folder for what is made of it; a worker is handed the text
   * that came with the plugin in the master. Of an installed plugin the file is its bundle, which
   * runs as it is, with what was granted. One plugin of all has it.
   */
  readonly isolate?: (
    file: string,
    cache: string,
    handed: string | undefined,
    installed?: InstalledPlugin,
  ) => Promise<Isolated>
  /**
   * Where it acts within a phase or a stage, where the order of the plugin list will not do:
   * `{ access: ['after:real-ip'] }`. A plugin that is not loaded, or a circle, is an error.
   */
  readonly order?: OrderRules
  /** By stage. */
  readonly filters?: Readonly<Partial<Record<Stage, Filter<P>>>>
  /**
   * Made for each upstream whose block configures this plugin (or for every upstream without
   * another balancer, by the plugin named `round-robin`).
   */
  readonly balancer?: (peers: Peers, config: ConfigOf<D>) => Balancer
  /**
   * A promise that the balancer chooses by the request alone, as long as every peer is usable and
   * it takes no turns with `peers.next`: `gateway explain` then tells who is asked.
   */
  readonly choosesBy?: 'request'
  /** Which upstream a request of its place is forwarded to, instead of the one that is named. */
  readonly chooseUpstream?: (x: Exchange, named: Upstream, prepared: P) => Upstream
  /** Chooses the peer for a request of its place; undefined leaves it to the upstream's balancer. */
  readonly choosePeer?: PeerChooser<P>
  /**
   * What a server whose block configures this plugin shows to a client that asks for a name over TLS,
   * in lower case, `` for none: asked with each handshake, before it goes on. It may take as long as
   * half of `ssl_handshake_timeout`, 10 s at most. Undefined leaves it to the next plugin and then to
   * `ssl_certificate`, which also counts where this throws.
   */
  readonly certificate?: (
    serverName: string,
    client: Client,
    prepared: P,
  ) => Awaitable<CertificatePair | undefined>
  /** Without the dollar sign. */
  readonly variables?: Readonly<Record<string, Variable>>
  /** By prefix: `http_` for `$http_NAME`. */
  readonly families?: Readonly<Record<string, VariableFamily>>
} & { readonly [K in OpenPhase]?: Handler<P> }

// biome-ignore lint/suspicious/noExplicitAny: plugins of every configuration type stand in one list
export type AnyPlugin = Plugin<any, any>

/** An installed plugin, for whoever keeps it apart from the gateway. */
export interface InstalledPlugin {
  /** Its package, with the version: `hello@1.0.0`. */
  readonly name: string
  readonly granted: Granted
}

/** What an installed plugin may reach besides its request; what is left out is nothing. */
export interface Granted {
  /** Hosts, with or without a port; `*` is all that are public. */
  readonly net?: readonly string[]
  /** Variables of the environment; `*` is all of them. */
  readonly env?: readonly string[]
  /** Namespaces of keys and values. */
  readonly kv?: readonly string[]
  /** Requests through the gateway itself. */
  readonly subrequest?: boolean
}

/** A plugin that runs apart from the gateway, and what a worker needs to make the same one. */
export interface Isolated {
  readonly plugin: AnyPlugin
  readonly handed: string
}

/** Checks a plugin's types and returns it; what a plugin file exports by default. */
export function definePlugin<const D extends Directives, P = ConfigOf<D>>(
  plugin: Plugin<D, P>,
): Plugin<D, P> {
  return plugin
}

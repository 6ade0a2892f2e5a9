import type { TempFolder } from '../../storage/temp/temp-folder.ts'
import type { SharedZone } from '../../storage/zone/shared-zone.ts'
import type { Mark } from '../directive/mark.ts'
import type { Exchange } from '../exchange/exchange.ts'
import type { Filter, Stage } from '../filter/stage.ts'
import type { ServeClient } from '../listen/client-connection.ts'
import type { Listen } from '../listen/listen-directive.ts'
import type { Serving } from '../process/serving.ts'
import type { Locations } from '../route/locations.ts'
import type { ServerName } from '../route/server-name.ts'
import type { ServerNames } from '../route/server-names.ts'
import type { LocationSettings } from '../settings/location.ts'
import type { EventsSettings, MainSettings } from '../settings/main.ts'
import type { ServerSettings } from '../settings/server.ts'
import type { CertificateChooser } from '../tls/certificate-pair.ts'
import type { Peers } from '../upstream/balancer.ts'
import type { Peer } from '../upstream/peer.ts'
import type { Upstream } from '../upstream/upstream.ts'
import type { Awaitable, Handler, OpenPhase } from './verdict.ts'

/** One handler of a plan, bound to its frozen configuration. */
export interface Step {
  readonly phase: OpenPhase
  readonly plugin: string
  readonly run: Handler<unknown>
  readonly config: unknown
  /** Index of the first step of the next phase: where `pass` leads. */
  readonly after: number
}

/** One filter of a plan. */
export interface FilterStep {
  readonly stage: Stage
  readonly plugin: string
  readonly open: Filter<unknown>
  readonly config: unknown
}

/** What one location does, settled when the configuration was compiled. */
export interface LocationPlan {
  /** As written: `/api/`, `= /healthz`, `~ \.php$`, `@fallback`; `` for the server's own plan. */
  readonly name: string
  readonly mark: Mark
  readonly settings: LocationSettings
  /** rewrite, preaccess, access, precontent, content. */
  readonly steps: readonly Step[]
  /** Index in `steps` of the first precontent step: where the postAccess checkpoint stands. */
  readonly postAccess: number
  readonly filters: readonly FilterStep[]
  /** Whether every plugin here is `transient`. */
  readonly transient: boolean
  /** Whether the error log here takes lines of level debug: the walk is then told step by step. */
  readonly debug: boolean
  readonly log: readonly Step[]
  /** See `Plugin.chooseUpstream` and `Plugin.choosePeer`. */
  readonly chooseUpstream: ((x: Exchange, named: Upstream) => Upstream) | undefined
  readonly choosePeer:
    | ((
        x: Exchange,
        peers: Peers,
        tried: ReadonlySet<Peer>,
      ) => Awaitable<Peer | 'done' | undefined>)
    | undefined
  /** Values of plugins' directives in this place, by plugin name (for explain). */
  readonly configs: ReadonlyMap<string, unknown>
}

/** A server block: what happens before a location is found, and the locations. */
export interface ServerPlan {
  /** First server_name, `` for none. */
  readonly name: string
  /** All of them. */
  readonly names: readonly ServerName[]
  readonly mark: Mark
  readonly settings: ServerSettings
  /** postRead, serverRewrite. */
  readonly steps: readonly Step[]
  /** Index of the first serverRewrite step, where an internal redirect starts. */
  readonly serverRewrite: number
  /** Whether every plugin with one of these steps is `transient`. */
  readonly transient: boolean
  readonly locations: Locations
  /** See `Plugin.certificate`. */
  readonly chooseCertificate: CertificateChooser | undefined
  /** Runs where no location matches. */
  readonly own: LocationPlan
}

/** One listening address and the servers behind it. */
export interface ListenPlan {
  readonly listen: Listen
  /** Chooses among the servers of this address by host name. */
  readonly servers: ServerNames
  /** What is spoken with its clients. */
  readonly serve: ServeClient
}

/** What a plugin makes ready before a place of its can be served. */
export interface Readying {
  readonly plugin: string
  readonly mark: Mark
  /** Once, however often it is asked for. */
  run(handed: string | undefined): Promise<string | undefined>
}

/** What a plugin does in a place apart from requests; see `Plugin.begin`. */
export interface Beginning {
  readonly plugin: string
  /** Returns what ends it. */
  run(hold: Serving['hold']): () => void
}

/** A whole compiled configuration: what a generation of workers serves. */
export interface Plan {
  readonly main: MainSettings
  readonly events: EventsSettings
  readonly listens: readonly ListenPlan[]
  /** Named and implicit ones. */
  readonly upstreams: readonly Upstream[]
  /** What plugins share between workers. */
  readonly zones: readonly SharedZone[]
  /** To be awaited before anything is served. */
  readonly readying: readonly Readying[]
  /** What that came to in the master, one by one; nothing yet in the master itself. */
  readonly handed: readonly (string | undefined)[]
  /** What a worker begins once it accepts. */
  readonly beginnings: readonly Beginning[]
  /** Where temporary files go. */
  readonly tempFolders: readonly TempFolder[]
}

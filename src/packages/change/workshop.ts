import type { Isolation } from '../manifest/manifest.ts'
import type { Permissions } from '../manifest/permissions.ts'
import type { Provenance } from '../provenance/provenance.ts'
import type { Store } from '../store/store.ts'

/** What somebody is asked before a plugin is installed. */
export interface Request {
  readonly name: string
  readonly version: string
  /** The installed version, where there is one. */
  readonly before: string | undefined
  readonly resolved: string
  /** Where it may run. */
  readonly isolation: Isolation
  /** Who has built it, verified; a text says why that is not known. Undefined: nobody says. */
  readonly provenance: Provenance | string | undefined
  /** Who has built what is installed. */
  readonly provenanceBefore: Provenance | undefined
  /** All that it may do. */
  readonly permissions: Permissions
  /** What of it was not granted before. */
  readonly added: Permissions
}

/** What changes of the installed plugins are made with. */
export interface Workshop {
  readonly store: Store
  /** The program a throw-away gateway is started from. */
  readonly program: string
  /** URL of the registry; npm's own where it is undefined. */
  readonly registry: string | undefined
  /** A file with the trust root for provenance; the public sigstore's where it is undefined. */
  readonly trustRoot: string | undefined
  /** Relative sources are relative to this folder. */
  readonly cwd: string
  /** Whether anything is changed in the end. */
  readonly mode: 'change' | 'dry-run'
  /** Resolves when all of this is granted; throws `PackageError` where it is not. */
  readonly ask: (requests: readonly Request[]) => Promise<void>
  /** Tells people what goes on. */
  readonly tell: (text: string) => void
}

import type { Mark, PeerTls, Upstream } from 'gateway/plugin'
import type { EgressRule } from '../../../../sandbox/host/fetch/egress-rule.ts'

/** What a name in `bindings` stands for, as it was written. */
export type BindingSettings =
  | { readonly kind: 'upstream'; readonly upstream: Upstream; readonly tls: BoundTls | undefined }
  | { readonly kind: 'kv'; readonly namespace: string }
  | { readonly kind: 'script'; readonly file: string; readonly mark: Mark }

/** How TLS is spoken with the peers of a bound upstream. */
export interface BoundTls {
  readonly with: PeerTls
  /** What their certificates must be for, with or without a port. */
  readonly name: string
}

/** Where a secret is; what it is stands nowhere in the settings. */
export interface SecretSource {
  readonly name: string
  readonly from: 'env' | 'file'
  /** The variable of the environment, or the file, absolute. */
  readonly of: string
  readonly mark: Mark
}

/** What a script may reach beside its request. */
export interface ReachSettings {
  readonly bindings: ReadonlyMap<string, BindingSettings>
  readonly egress: readonly EgressRule[]
  /** Name servers for `egress`: addresses with or without a port. Undefined: the system's. */
  readonly resolver: readonly string[] | undefined
  readonly secrets: readonly SecretSource[]
  /** Where the namespaces of all tenants are, absolute. */
  readonly kvFolder: string
}

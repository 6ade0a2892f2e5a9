import { join } from 'node:path'
import type { TempFolder } from 'gateway/plugin'
import type { Bindings } from '../../../../sandbox/border/bindings.ts'
import { Egress } from '../../../../sandbox/host/fetch/egress.ts'
import { FETCH_LIMITS, type FetchLimits } from '../../../../sandbox/host/fetch/fetch-limits.ts'
import type { Fetcher } from '../../../../sandbox/host/fetch/fetcher.ts'
import { systemResolver } from '../../../../sandbox/host/fetch/resolver.ts'
import type { KvNamespace } from '../../../../sandbox/host/kv/kv-namespace.ts'
import type { ScriptSettings } from '../settings.ts'
import { shareFor, type TenantShare } from '../tenant-share.ts'
import { Allowances } from './allowance.ts'
import { type BindingTools, Bound } from './bound.ts'
import type { Called, Caller } from './script-fetcher.ts'
import { Secrets } from './secrets.ts'

/** What `open` has found out in the master, as workers are handed it: JSON. */
interface Handed {
  readonly secrets: Readonly<Record<string, string>>
  /** By the order of the bindings. */
  readonly called: readonly string[]
}

/** Makes ready to be called what a script is bound to. */
type CallScript = (reach: Reach, ...binding: Parameters<BindingTools['call']>) => Called

/** What a location's script may reach beside its request. Those it calls may reach the same. */
export class Reach {
  readonly limits: FetchLimits
  readonly allowances: Allowances
  /** Who takes turns with others for the threads of the host: the tenant. */
  readonly owner: object
  readonly #settings: ScriptSettings
  readonly #share: TenantShare
  readonly #bound: Bound
  #secrets = Secrets.handed({})
  #egress: Egress | undefined

  constructor(settings: ScriptSettings, bodyFolder: TempFolder, call: CallScript) {
    const { limits, reach, tenant } = settings
    const { responseBody, subrequests } = limits
    this.#settings = settings
    this.#share = shareFor(settings)
    this.limits = { ...FETCH_LIMITS, subrequests, responseBody }
    this.allowances = new Allowances(limits, (fuel) => this.#share.burnt(fuel))
    this.owner = ownerOf(tenant)
    this.#bound = new Bound(reach.bindings, () => this.#allowed(), {
      kvFolder: join(reach.kvFolder, tenant),
      limits: this.limits,
      bodyFolder,
      redact: (text) => this.redact(text),
      call: (binding) => call(this, binding),
    })
  }

  /** Of a script to which nothing is bound. */
  static none(settings: ScriptSettings): Reach {
    const unbound = (): never => {
      throw new Error('a binding of a script that has none')
    }
    // Only a binding would ask for the folder.
    return new Reach(settings, {} as TempFolder, unbound)
  }

  /** Reads secrets and bundles what is called, or takes what was handed; then loads that. */
  async open(handed: string | undefined): Promise<string> {
    const known = handed === undefined ? undefined : (JSON.parse(handed) as Handed)
    const { secrets } = this.#settings.reach
    this.#secrets = known ? Secrets.handed(known.secrets) : Secrets.read(secrets)
    const opened = this.#bound.called.map((each, i) => each.open(known?.called[i]))
    const called = await Promise.all(opened)
    return JSON.stringify({ secrets: this.#secrets.values, called } satisfies Handed)
  }

  /** What a worker begins: takes up files of TLS that change. Returns what ends it. */
  begin(): () => void {
    const ends = [...this.#settings.reach.bindings.values()].map((binding) => {
      return binding.kind === 'upstream' ? binding.tls?.with.begin() : undefined
    })
    return () => {
      for (const end of ends) end?.()
    }
  }

  /** All of `env`. */
  get bindings(): Bindings {
    const values = { ...this.#settings.env, ...this.#secrets.values }
    const described = Object.entries(values).map(([name, value]) => {
      return [name, { kind: 'value', value }] as const
    })
    return { ...Object.fromEntries(described), ...this.#bound.names }
  }

  /** The namespaces a script is bound to, by number; asked for when they are used. */
  get namespaces(): readonly (() => KvNamespace)[] {
    return this.#bound.namespaces
  }

  /** What a run can fetch from, by number; the first is what `egress` allows. */
  fetchers(caller: Caller): readonly Fetcher[] {
    return this.#bound.fetchers.map((make) => make(caller))
  }

  /** A text without the script's secrets. */
  redact(text: string): string {
    return this.#secrets.redact(text)
  }

  /** One for all runs of a worker, which share its connections. */
  #allowed(): Egress {
    const { egress, resolver } = this.#settings.reach
    const { limits } = this
    this.#egress ??= new Egress({
      rules: egress,
      limits,
      ...(resolver && { resolve: systemResolver(limits.connectTimeout, resolver) }),
    })
    return this.#egress
  }
}

const owners = new Map<string, object>()

function ownerOf(tenant: string): object {
  const owner = owners.get(tenant) ?? {}
  owners.set(tenant, owner)
  return owner
}

import { join } from 'node:path'
import type { Exchange, TempFolder } from 'gateway/plugin'
import type { Binding, Bindings } from '../../../../sandbox/border/bindings.ts'
import { Egress } from '../../../../sandbox/host/fetch/egress.ts'
import { FETCH_LIMITS, type FetchLimits } from '../../../../sandbox/host/fetch/fetch-limits.ts'
import type { Fetcher } from '../../../../sandbox/host/fetch/fetcher.ts'
import { systemResolver } from '../../../../sandbox/host/fetch/resolver.ts'
import type { KvNamespace } from '../../../../sandbox/host/kv/kv-namespace.ts'
import { KvStore } from '../../../../sandbox/host/kv/kv-store.ts'
import type { ScriptSettings } from '../settings.ts'
import type { BindingSettings } from './reach-settings.ts'
import { type Called, type Caller, ScriptFetcher } from './script-fetcher.ts'
import { Secrets } from './secrets.ts'
import { UpstreamFetcher } from './upstream-fetcher.ts'

/** What `open` has found out in the master, as workers are handed it: JSON. */
interface Handed {
  readonly secrets: Readonly<Record<string, string>>
  /** By the order of the bindings. */
  readonly called: readonly string[]
}

type ScriptBinding = Extract<BindingSettings, { kind: 'script' }>

/** Makes the fetcher of a binding for one run. */
type MakeFetcher = (x: Exchange, caller: Caller) => Fetcher

/** What a location's script may reach beside its request. Those it calls may reach the same. */
export class Reach {
  readonly limits: FetchLimits
  /** Who takes turns with others for the threads of the host. */
  readonly owner: object
  /** By their numbers in the guest; asked for when they are used. */
  readonly namespaces: readonly (() => KvNamespace)[]
  readonly #settings: ScriptSettings
  readonly #called: readonly Called[]
  readonly #fetchers: readonly MakeFetcher[]
  readonly #bound: Readonly<Record<string, Binding>>
  #secrets = Secrets.handed({})
  #egress: Egress | undefined

  /** `call` makes ready to be called what a script is bound to. */
  constructor(
    settings: ScriptSettings,
    bodyFolder: TempFolder,
    call: (reach: Reach, binding: ScriptBinding) => Called,
  ) {
    const { limits, reach, tenant } = settings
    this.#settings = settings
    this.limits = {
      ...FETCH_LIMITS,
      subrequests: limits.subrequests,
      responseBody: limits.responseBody,
    }
    this.owner = ownerOf(tenant)
    const namespaces: (() => KvNamespace)[] = []
    const called: Called[] = []
    const fetchers: MakeFetcher[] = [() => this.#allowed()]
    const bound: Record<string, Binding> = {}
    for (const [name, binding] of reach.bindings) {
      if (binding.kind === 'kv') {
        bound[name] = { kind: 'kv', namespace: namespaces.length }
        const store = storeIn(join(reach.kvFolder, tenant))
        namespaces.push(() => store.namespace(binding.namespace))
        continue
      }
      bound[name] = { kind: 'fetcher', fetcher: fetchers.length }
      if (binding.kind === 'upstream') {
        const { upstream } = binding
        const redact = (text: string) => this.redact(text)
        const shared = { upstream, limits: this.limits, bodyFolder, redact }
        fetchers.push((x) => new UpstreamFetcher(shared, x))
      } else {
        const script = call(this, binding)
        called.push(script)
        fetchers.push((x, caller) => new ScriptFetcher(script, x, caller, this.limits))
      }
    }
    this.namespaces = namespaces
    this.#called = called
    this.#fetchers = fetchers
    this.#bound = bound
  }

  /** Reads secrets and bundles what is called, or takes what was handed; then loads that. */
  async open(handed: string | undefined): Promise<string> {
    const known = handed === undefined ? undefined : (JSON.parse(handed) as Handed)
    const { secrets } = this.#settings.reach
    this.#secrets = known ? Secrets.handed(known.secrets) : Secrets.read(secrets)
    const called = await Promise.all(this.#called.map((each, i) => each.open(known?.called[i])))
    return JSON.stringify({ secrets: this.#secrets.values, called } satisfies Handed)
  }

  /** All of `env`. */
  get bindings(): Bindings {
    const value = ([name, text]: [string, string]) =>
      [name, { kind: 'value', value: text }] as const
    return {
      ...Object.fromEntries(Object.entries(this.#settings.env).map(value)),
      ...Object.fromEntries(Object.entries(this.#secrets.values).map(value)),
      ...this.#bound,
    }
  }

  /** A text without the script's secrets. */
  redact(text: string): string {
    return this.#secrets.redact(text)
  }

  /** What a run can fetch from, by numbers. */
  fetchers(x: Exchange, caller: Caller): readonly Fetcher[] {
    return this.#fetchers.map((make) => make(x, caller))
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

const stores = new Map<string, KvStore>()

/** All scripts of a tenant that this process runs share one. */
function storeIn(folder: string): KvStore {
  const store = stores.get(folder) ?? new KvStore(folder)
  stores.set(folder, store)
  return store
}

const owners = new Map<string, object>()

function ownerOf(tenant: string): object {
  const owner = owners.get(tenant) ?? {}
  owners.set(tenant, owner)
  return owner
}

import type { TempFolder } from 'gateway/plugin'
import type { Binding } from '../../../../sandbox/border/bindings.ts'
import type { FetchLimits } from '../../../../sandbox/host/fetch/fetch-limits.ts'
import type { Fetcher } from '../../../../sandbox/host/fetch/fetcher.ts'
import type { KvNamespace } from '../../../../sandbox/host/kv/kv-namespace.ts'
import { KvStore } from '../../../../sandbox/host/kv/kv-store.ts'
import type { BindingSettings } from './reach-settings.ts'
import { type Called, type Caller, ScriptFetcher } from './script-fetcher.ts'
import { UpstreamFetcher } from './upstream-fetcher.ts'

/** Makes a fetcher for one run. */
export type MakeFetcher = (caller: Caller) => Fetcher

type Of<Kind extends BindingSettings['kind']> = Extract<BindingSettings, { kind: Kind }>

/** What bindings are made with. */
export interface BindingTools {
  /** The tenant's folder of namespaces. */
  readonly kvFolder: string
  readonly limits: FetchLimits
  /** For request bodies that do not fit into memory. */
  readonly bodyFolder: TempFolder
  redact(text: string): string
  /** Makes a script ready to be called. */
  call(binding: Of<'script'>): Called
}

/** The bindings of a script, by the numbers they have in the guest. */
export class Bound {
  /** By their names in `env`. */
  readonly names: Record<string, Binding> = {}
  /** Asked for when they are used. */
  readonly namespaces: (() => KvNamespace)[] = []
  readonly fetchers: MakeFetcher[]
  readonly called: Called[] = []
  readonly #tools: BindingTools

  /** The first fetcher is what `egress` allows. */
  constructor(
    bindings: ReadonlyMap<string, BindingSettings>,
    egress: MakeFetcher,
    tools: BindingTools,
  ) {
    this.fetchers = [egress]
    this.#tools = tools
    for (const [name, binding] of bindings) this.names[name] = this.#bind(binding)
  }

  #bind(binding: BindingSettings): Binding {
    switch (binding.kind) {
      case 'kv':
        return this.#namespace(binding)
      case 'upstream':
        return this.#upstream(binding)
      case 'script':
        return this.#script(binding)
    }
  }

  #namespace({ namespace }: Of<'kv'>): Binding {
    const store = storeIn(this.#tools.kvFolder)
    const number = this.namespaces.push(() => store.namespace(namespace)) - 1
    return { kind: 'kv', namespace: number }
  }

  #upstream({ tls, upstream }: Of<'upstream'>): Binding {
    const shared = { ...this.#tools, tls, upstream }
    return this.#fetcher(({ x }) => new UpstreamFetcher(shared, x))
  }

  #script(binding: Of<'script'>): Binding {
    const { call, limits } = this.#tools
    const called = call(binding)
    this.called.push(called)
    return this.#fetcher((caller) => new ScriptFetcher(called, caller, limits))
  }

  #fetcher(make: MakeFetcher): Binding {
    return { kind: 'fetcher', fetcher: this.fetchers.push(make) - 1 }
  }
}

const stores = new Map<string, KvStore>()

/** All scripts of a tenant that this process runs share one. */
function storeIn(folder: string): KvStore {
  const store = stores.get(folder) ?? new KvStore(folder)
  stores.set(folder, store)
  return store
}

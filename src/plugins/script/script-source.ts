import { basename } from 'node:path'
import type { Bindings } from '../../../sandbox/border/bindings.ts'
import { RecordOp } from '../../../sandbox/border/ops.ts'
import { BundleError } from '../../../sandbox/bundle/errors.ts'
import { BundleMap } from '../../../sandbox/bundle/source-map.ts'
import { FUEL_PER_MS } from '../../../sandbox/engine/limits.ts'
import type { Pool } from '../../../sandbox/engine/pool.ts'
import type { Script } from '../../../sandbox/engine/script.ts'
import { badCall } from '../../../sandbox/host/arguments.ts'
import { bundleScript } from './bundle-script.ts'
import type { Deployment } from './deployment.ts'
import { type Facts, knownFacts } from './facts.ts'
import type { Given } from './record/given.ts'
import { SYMBOL } from './record/portable.ts'
import { readPortable } from './record/read-portable.ts'
import { RecordSource } from './record/record-source.ts'
import { type Loaded, type Loading, type Runtime, runtime } from './runtime.ts'
import type { ScriptSettings } from './settings.ts'

/** What a script is made of and known by, as the master hands it to the workers: JSON. */
interface Handed {
  readonly code: string
  readonly global: string
  readonly map: string
  readonly facts: Facts
}

/** What else a script is loaded with, and what becomes of its faults. */
export interface SourceOptions {
  /** All of `env`; asked for when the script is loaded. */
  bindings(): Bindings
  /** The error of a script that cannot be loaded. */
  refused(fault: string): Error
}

/** A script that burns more than this while it is loaded is loaded before anybody asks for it. */
const LAZY_FUEL = 2 * FUEL_PER_MS

/** A script's file: bundled and tried by the master, loaded by a worker with its first request. */
export class ScriptSource {
  /** What it is called in the log, and in its own stacks. */
  readonly name: string
  readonly #settings: ScriptSettings
  readonly #options: SourceOptions
  #runtime: Runtime | undefined
  #pool: Pool | undefined
  #script: Script | undefined
  /** `gateway/plugin`, for a script that imports it. */
  #library: string | undefined
  #map: BundleMap | undefined
  #handed = ''

  constructor(settings: ScriptSettings, options: SourceOptions) {
    this.name = basename(settings.file)
    this.#settings = settings
    this.#options = options
  }

  /** Of what is loaded elsewhere, from a bundle with this map. */
  adopt(running: Runtime, map: string): void {
    this.#runtime = running
    this.#map = new BundleMap(map)
  }

  /** Where it is run. */
  get pool(): Pool {
    this.#pool ??= (this.#runtime as Runtime).poolFor(this.#settings.limits)
    return this.#pool
  }

  /** Loaded now, where it was not. Throws where it cannot be. */
  get script(): Script {
    if (!this.#script) {
      const handed = partsOf(this.#handed)
      this.#script = this.#load(this.#loading(handed), handed.map).script
    }
    return this.#script
  }

  /** The source of a part of the web API. */
  part(name: string): string {
    return this.#runtime?.part(name) ?? ''
  }

  /**
   * Bundles the script and tries to load it, or takes what the master has made of it. Among many most
   * are idle: what is cheap to load is loaded by the first request for it.
   */
  async open(
    handed: string | undefined,
  ): Promise<{ readonly facts: Facts; readonly handed: string }> {
    this.#runtime = await runtime()
    const parts = handed === undefined ? await this.#tried() : partsOf(handed)
    const { facts } = parts
    this.#library = await libraryFor(parts.code)
    this.#handed = handed ?? JSON.stringify(parts)
    if (handed === undefined) return { facts, handed: this.#handed }
    const loading = this.#loading(parts)
    this.#runtime.prepare(loading)
    const isDear = facts.kind === 'script' && facts.fuel > LAZY_FUEL
    if (isDear) this.#script = this.#load(loading, parts.map).script
    return { facts, handed }
  }

  /** What a plugin record is loaded from, for each thing that it has to do. */
  recordFor(deployment: Deployment): RecordSource {
    const loading = this.#loading(partsOf(this.#handed))
    return new RecordSource(loading, this.#runtime as Runtime, deployment)
  }

  /** A stack with the places of the source. */
  inSource(stack: string): string {
    this.#map ??= new BundleMap(partsOf(this.#handed).map)
    return this.#map.mapStack(stack, this.name)
  }

  /** Bundled, and loaded once where that was not done before. */
  async #tried(): Promise<Handed> {
    const bundle = await this.#bundle()
    this.#library = await libraryFor(bundle.code)
    const loading = this.#loading(bundle)
    const { cache } = this.#settings
    const sandbox = (this.#runtime as Runtime).identity
    const facts = knownFacts({ cache, sandbox, loading }, () => {
      let kind: Facts['kind'] = 'script'
      const record = tellingRecord(() => {
        kind = 'record'
      })
      const { hooks, script, variables } = this.#load({ ...loading, record }, bundle.map)
      return { hooks, variables, fuel: script.fuel, kind }
    })
    return { ...bundle, facts }
  }

  #loading({ code, global }: Pick<Handed, 'code' | 'global'>): Loading {
    const { limits: size } = this.#settings
    const bindings = this.#options.bindings()
    const library = this.#library
    const source = `${code}\n;${global}`
    return { name: this.name, source, bindings, size, ...(library && { library }) }
  }

  #load(loading: Loading, map: string): Loaded {
    try {
      return (this.#runtime as Runtime).load(loading)
    } catch (error) {
      const { guestStack = '', message } = error as { guestStack?: string; message: string }
      const stack = new BundleMap(map).mapStack(guestStack, this.name)
      throw this.#options.refused(stack === '' ? message : `${message}\n${stack}`)
    }
  }

  async #bundle(): Promise<Omit<Handed, 'facts'>> {
    const { cache, file, limits } = this.#settings
    const { compile, scriptSize } = limits
    try {
      const { code, global, map } = await bundleScript(file, cache, {
        limits: { scriptSize, compile },
      })
      return { code, global, map: map.json }
    } catch (error) {
      if (error instanceof BundleError) throw this.#options.refused(error.message)
      throw error
    }
  }
}

/** What it imports of `gateway/plugin` is looked up by this symbol, in the bundle as well. */
async function libraryFor(code: string): Promise<string | undefined> {
  return code.includes(SYMBOL) ? readPortable() : undefined
}

/** Answers a default export that may turn out to be a plugin record, which tells that it is one. */
function tellingRecord(tell: () => void): NonNullable<Loading['record']> {
  return (op) => {
    if (op === RecordOp.given) return JSON.stringify({ kind: 'declaration' } satisfies Given)
    if (op !== RecordOp.described) throw badCall('op')
    tell()
    return undefined
  }
}

function partsOf(handed: string): Handed {
  return JSON.parse(handed) as Handed
}

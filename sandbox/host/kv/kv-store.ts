import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { kvUnavailable } from '../errors.ts'
import { KV_LIMITS, type KvLimits } from './kv-limits.ts'
import { KvNamespace } from './kv-namespace.ts'

/** How often a worker removes what has expired, in milliseconds. */
const SWEEP_EVERY = 10_000
/** Names become names of files. */
const NAME = /^[a-z0-9][a-z0-9_-]{0,63}$/

/** The namespaces of a worker: one file each, in a folder that all workers share. */
export class KvStore {
  readonly #folder: string
  readonly #limits: KvLimits
  readonly #open = new Map<string, KvNamespace>()
  #timer: NodeJS.Timeout | undefined

  constructor(folder: string, limits: KvLimits = KV_LIMITS) {
    this.#folder = folder
    this.#limits = limits
  }

  /** The namespace of a name in lower case; opened when it is asked for first, or throws a refusal. */
  namespace(name: string): KvNamespace {
    const known = this.#open.get(name)
    if (known !== undefined) return known
    if (!NAME.test(name)) throw kvUnavailable(`"${name}" cannot be the name of a namespace`)
    const namespace = new KvNamespace(this.#file(name), this.#limits)
    this.#open.set(name, namespace)
    this.#timer ??= setInterval(() => this.#sweep(), SWEEP_EVERY).unref()
    return namespace
  }

  close(): void {
    clearInterval(this.#timer)
    for (const namespace of this.#open.values()) namespace.close()
    this.#open.clear()
  }

  #file(name: string): string {
    try {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 })
    } catch (error) {
      throw kvUnavailable(error)
    }
    return join(this.#folder, `${name}.kv`)
  }

  #sweep(): void {
    // What cannot be swept now can be later; who uses the namespace is told what is wrong with it.
    for (const namespace of this.#open.values()) namespace.sweep().catch(() => {})
  }
}

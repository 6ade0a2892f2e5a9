import type {
  AnyPlugin,
  Awaitable,
  Balancer,
  Exchange,
  Getter,
  OpenPhase,
  Peer,
  Peers,
  Place,
  Sink,
  Stage,
  Verdict,
} from 'gateway/plugin'
import type { BlockEntry } from './block-entry.ts'
import { type Values, valuesOf } from './block-values.ts'
import { declaredPlugin, prepared } from './declared-plugin.ts'
import { notAPlugin } from './record-error.ts'
import type { Image } from './record-image.ts'
import type { RecordSource } from './record-source.ts'

/** Phases that are over before a location is found. */
const EARLY = ['postRead', 'serverRewrite'] as const
const NAMED = 'name it under plugins, with isolation=sandbox'

/** A plugin record that is the script of a location: it acts there as if its directives stood there. */
export class PlacedRecord {
  readonly #plugin: AnyPlugin
  readonly #values: Values
  readonly #image: Image
  readonly #balancers = new WeakMap<Peers, Balancer>()

  private constructor(plugin: AnyPlugin, values: Values, image: Image) {
    this.#plugin = plugin
    this.#values = values
    this.#image = image
  }

  /** Loads it for a place, with these directives; those that are not written have their defaults. */
  static open(source: RecordSource, place: Place, written: readonly BlockEntry[]): PlacedRecord {
    const plugin = declaredPlugin(source)
    const { directives = {}, name } = plugin
    const early = EARLY.find((phase) => plugin[phase])
    if (early) throw notAPlugin(`plugin "${name}" acts before a location is found: ${NAMED}`)
    const values = valuesOf(directives, written)
    const words = new Set(written.map((entry) => entry.name))
    const image = prepared(source, directives, values, {
      scope: place.scope,
      name: place.name,
      serverNames: place.serverNames,
      configured: (word) => words.has(word) || place.configured(word),
      warn: (text) => place.warn(text),
      fail: (text) => place.fail(text),
    })
    if (image) return new PlacedRecord(plugin, values, image)
    const known = Object.keys(directives).join(', ')
    throw notAPlugin(`plugin "${name}" does nothing here as its directives stand (${known})`)
  }

  handle(x: Exchange, phase: OpenPhase): Awaitable<Verdict> {
    return this.#plugin[phase]?.(x, this.#image) ?? 'next'
  }

  filter(x: Exchange, next: Sink, stage: Stage): Sink {
    return this.#plugin.filters?.[stage]?.(x, next, this.#image) ?? next
  }

  /** Asks its balancer, which is made for an upstream with the first request that goes there. */
  choosePeer(x: Exchange, peers: Peers, tried: ReadonlySet<Peer>): ReturnType<Balancer> {
    const { balancer } = this.#plugin
    if (!balancer) return undefined
    const known = this.#balancers.get(peers) ?? balancer(peers, this.#values)
    this.#balancers.set(peers, known)
    return known(x, tried)
  }

  /** The getter of a variable of this name; undefined where it has none. */
  variable(name: string): Getter | undefined {
    const { families = {}, variables = {} } = this.#plugin
    const own = Object.hasOwn(variables, name) ? variables[name] : undefined
    if (own) return own.get
    const prefix = Object.keys(families).find((each) => name.startsWith(each))
    return prefix === undefined ? undefined : families[prefix]?.make(name.slice(prefix.length))
  }
}

import { type GatewayError, pluginFailed } from '../../base/errors.ts'
import type { Head } from '../../wire/head.ts'
import type { Exchange } from '../exchange/exchange.ts'
import type { LocationPlan } from '../phase/plan.ts'
import type { Awaitable } from '../phase/verdict.ts'
import type { Sink } from './sink.ts'

/**
 * Opens the filters from number `index` on for a head that has just reached them, up to the first
 * that wants the body, and returns where the body goes. Filters that return `next` are out of the
 * way from here on; where none wants the body that is `x.end` itself.
 *
 * The head is given to that first sink by this call.
 */
export function openFilters(x: Exchange, index: number): Sink {
  const { filters } = x.location
  let link: Link | undefined
  for (let i = index; i < filters.length; i++) {
    const step = filters[i] as (typeof filters)[number]
    link ??= new Link(x)
    link.index = i + 1
    let sink: Sink
    try {
      sink = step.open(x, link, step.config)
    } catch (error) {
      throw pluginFailed(step.plugin, error)
    }
    if (x.location.debug) {
      x.log(
        'debug',
        `${step.stage} filter: ${step.plugin} ${sink === link ? 'passes' : 'takes the body'}`,
      )
    }
    if (sink === link) continue
    const head = x.head as Head
    // Whoever takes the body takes all of it.
    if (step.stage !== 'slice') head.seek = undefined
    sink.head(head)
    return sink
  }
  x.begun = true
  x.end.head(x.head as Head)
  return x.end
}

const bare = new WeakMap<LocationPlan, LocationPlan>()

/** The same location for an answer that one of its filters has failed to let through. */
export function withoutFilters(location: LocationPlan): LocationPlan {
  const known = bare.get(location) ?? { ...location, filters: [] }
  bare.set(location, known)
  return known
}

/**
 * The place in the chain behind a filter. Its head opens the filters that follow, so that each
 * filter sees the head as the ones before it left it.
 */
class Link implements Sink {
  readonly #x: Exchange
  /** Number of the filter that follows; moves on while filters decline to keep the link. */
  index = 0
  #to: Sink | undefined

  constructor(x: Exchange) {
    this.#x = x
  }

  get borrows(): boolean {
    return this.#to?.borrows === true
  }

  head(head: Head): void {
    this.#x.head = head
    this.#to = openFilters(this.#x, this.index)
  }

  data(chunk: Uint8Array): Awaitable<void> {
    return this.#next().data(chunk)
  }

  end(): Awaitable<void> {
    return this.#next().end()
  }

  fail(error: GatewayError): void {
    // Without a head nothing is open yet beyond this link: the failure goes to the very end.
    if (this.#to) this.#to.fail(error)
    else this.#x.end.fail(error)
  }

  #next(): Sink {
    if (!this.#to) throw new Error('a filter sent data before its head')
    return this.#to
  }
}

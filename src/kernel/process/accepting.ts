import { clock } from '../../base/clock.ts'
import { errorLog } from '../../storage/log/error-log.ts'
import type { Clients } from '../listen/clients.ts'
import type { Listener } from '../listen/listener.ts'
import type { EventsSettings } from '../settings/main.ts'
import type { Handle } from '../socket/binding.ts'
import { turnAway } from './fair-share.ts'
import { Descriptors } from './open-files.ts'
import type { Standing, Standings } from './standings.ts'

/** How long nothing is accepted when descriptors run out, before it looks again. */
const DESCRIPTORS_PAUSE = 100
/** That they do is told at most this often, in milliseconds. */
const TELL_EVERY = 60_000

/**
 * Whether this worker accepts connections just now. What it does not take waits in the socket's
 * queue, where any other worker may take it.
 */
export class Accepting {
  readonly #clients: Clients
  readonly #listeners: readonly Listener[]
  readonly #standings: Standings | undefined
  readonly #longest: number
  readonly #descriptors = new Descriptors()
  /** New connections are left to the others. */
  #leaving: NodeJS.Timeout | undefined
  #scarce: NodeJS.Timeout | undefined
  #toldAt = Number.NEGATIVE_INFINITY

  /** `standings` are those of the workers the sockets are shared with. */
  constructor(
    clients: Clients,
    listeners: readonly Listener[],
    settings: EventsSettings,
    standings: Standings | undefined,
  ) {
    this.#clients = clients
    this.#listeners = listeners
    this.#longest = settings.accept_mutex ? settings.accept_mutex_delay : 0
    this.#standings = standings
    clients.slots.onRoom(() => this.#apply())
    this.sweep()
    this.#apply()
  }

  /** A connection was accepted. */
  accepted(handle: Handle): void {
    if (this.#clients.full) this.#apply()
    if (this.#descriptors.scarceAt(handle.fd)) this.#awaitDescriptors()
    else if (this.#standings && this.#longest > 0) this.#share(this.#standings)
  }

  /** Tells the others, and looks whether they still have room. Called with each sweep. */
  sweep(): void {
    this.#standings?.tell(this.#standing)
    if (this.#leaving && this.#excess() === 0) this.#return()
  }

  /** Nothing will be accepted any more. */
  close(): void {
    clearTimeout(this.#leaving)
    clearTimeout(this.#scarce)
    this.#clients.slots.onRoom(() => {})
    this.#standings?.leave()
  }

  get #standing(): Standing {
    return { clients: this.#clients.size, free: this.#clients.slots.free }
  }

  #share(standings: Standings): void {
    standings.tell(this.#standing)
    if (this.#leaving) return
    const excess = this.#excess()
    if (excess === 0) return
    this.#leaving = setTimeout(() => this.#return(), Math.min(excess, this.#longest))
    this.#apply()
  }

  #excess(): number {
    const { slots } = this.#clients
    return turnAway(this.#standing, slots.limit, this.#standings?.others() ?? [])
  }

  #return(): void {
    clearTimeout(this.#leaving)
    this.#leaving = undefined
    this.#apply()
  }

  /** Files being served and peers need descriptors, too: what arrives waits in the backlog. */
  #awaitDescriptors(): void {
    if (clock.now - this.#toldAt >= TELL_EVERY) {
      this.#toldAt = clock.now
      errorLog.write('warn', 'descriptors run out: new connections wait')
    }
    clearTimeout(this.#scarce)
    this.#scarce = setTimeout(() => {
      this.#scarce = undefined
      if (this.#descriptors.scarce) this.#awaitDescriptors()
      else this.#apply()
    }, DESCRIPTORS_PAUSE)
    this.#apply()
  }

  #apply(): void {
    const none = this.#scarce !== undefined || this.#clients.full || this.#clients.slots.exhausted
    for (const listener of this.#listeners) {
      // A socket of this worker's own has nobody else to accept from it.
      if (none || (this.#leaving && listener.shared)) listener.pause()
      else listener.resume()
    }
  }
}

import { clock, tickAll } from '../clock.ts'
import { Clients } from '../listen/clients.ts'
import { groupListens, type ListenGroup } from '../listen/grouping.ts'
import { type Acceptor, Listener } from '../listen/listener.ts'
import { errorLog } from '../log/error-log.ts'
import type { ListenPlan, Plan } from '../phase/plan.ts'
import type { Handle } from '../socket/binding.ts'
import { Slots } from '../socket/slots.ts'
import { openUpstreams } from '../upstream/registry.ts'
import { openZones } from '../zone/open-zones.ts'
import { Descriptors, usableConnections } from './open-files.ts'
import { beginVitals, takeVitals } from './vitals.ts'

/** How often deadlines are looked at, in milliseconds. */
const SWEEP_EVERY = 100
/** A worker with fewer than one slot in this many free leaves new connections to the others. */
const SCARCE = 8
/** The longest it leaves them, in milliseconds (nginx's accept_mutex_delay). */
const YIELD_MOST = 500
/** How long it leaves them for each slot it is short of. */
const YIELD_EACH = 10
/** How long nothing is accepted when descriptors run out, before it looks again. */
const DESCRIPTORS_PAUSE = 100
/** That they do is told at most this often, in milliseconds. */
const TELL_EVERY = 60_000

/** One process serving one configuration: its listeners, its connections and their deadlines. */
export class Service implements Acceptor {
  readonly #slots: Slots
  readonly #clients: Clients
  readonly #plan: Plan
  /** Whether other workers accept on the same sockets. */
  readonly #shared: boolean
  #listeners: Listener[] = []
  #sweep: NodeJS.Timeout
  #yielding: NodeJS.Timeout | undefined
  readonly #descriptors = new Descriptors()
  #toldAt = Number.NEGATIVE_INFINITY

  constructor(plan: Plan, workers: number, onSweep: () => void) {
    this.#plan = plan
    this.#shared = workers > 1
    this.#slots = new Slots(usableConnections(plan.events.worker_connections))
    this.#clients = new Clients(this.#slots)
    this.#slots.onFree(() => this.#onFree())
    beginVitals()
    this.#sweep = setInterval(() => {
      tickAll()
      this.#slots.sweep(clock.now)
      this.#clients.flushPostponed()
      takeVitals(SWEEP_EVERY)
      onSweep()
    }, SWEEP_EVERY)
  }

  get listeners(): readonly Listener[] {
    return this.#listeners
  }

  /** Resolves names, and makes upstreams and zones ready. Before `listen`. */
  async open(): Promise<void> {
    const warn = (text: string) => errorLog.write('warn', text)
    await openUpstreams(this.#plan.upstreams, this.#slots, warn)
    openZones(this.#plan.zones)
  }

  /**
   * Begins to accept. `socketOf` gives the bound socket of a group; listeners of an earlier
   * configuration in this process are taken over where the addresses are the same.
   */
  listen(socketOf: (group: ListenGroup) => Handle, earlier: readonly Listener[] = []): void {
    for (const group of groupListens(this.#plan.listens)) {
      const same = earlier.find((each) => each.key === group.plan.listen.key)
      same?.serve(group, this)
      this.#listeners.push(same ?? new Listener(socketOf(group), group, this))
    }
  }

  accept(handle: Handle, plan: ListenPlan): void {
    this.#clients.accept(handle, plan)
    if (this.#clients.full) this.#pause()
    else if (this.#descriptors.scarceAt(handle.fd)) this.#awaitDescriptors()
    else if (this.#shared) this.#yieldIfScarce()
  }

  /** Stops accepting, lets clients finish, then calls `done`; `patience` ms later they are cut. */
  drain(patience: number, done: () => void): void {
    for (const listener of this.#listeners) listener.close()
    this.release(patience, done)
  }

  /** As `drain`, when another service has taken the listeners over. */
  release(patience: number, done: () => void): void {
    this.#listeners = []
    clearTimeout(this.#yielding)
    const finish = () => {
      this.#clients.onEmpty = undefined
      clearInterval(this.#sweep)
      clearTimeout(cut)
      this.#closeUpstreams()
      done()
    }
    const cut = patience > 0 ? setTimeout(() => this.#cut(finish), patience) : undefined
    this.#clients.onEmpty = finish
    this.#clients.drain()
  }

  /** Stops at once, connections included. */
  close(): void {
    clearInterval(this.#sweep)
    clearTimeout(this.#yielding)
    this.#clients.closeAll()
    this.#closeUpstreams()
  }

  #closeUpstreams(): void {
    for (const upstream of this.#plan.upstreams) upstream.close()
  }

  #cut(finish: () => void): void {
    errorLog.write(
      'notice',
      `worker_shutdown_timeout: ${this.#clients.size} connections are closed`,
    )
    this.#clients.onEmpty = undefined
    this.#clients.closeAll()
    finish()
  }

  #onFree(): void {
    this.#clients.admitWaiting()
    if (!this.#clients.full && !this.#yielding) this.#resume()
  }

  /**
   * The sockets are shared and accepting is not fair: a worker that is nearly full stops for a
   * moment, the longer the fuller it is, while the others take what arrives.
   */
  #yieldIfScarce(): void {
    const short = this.#slots.limit / SCARCE - this.#slots.free
    if (short <= 0 || this.#yielding) return
    this.#pauseFor(Math.min(YIELD_MOST, Math.ceil(short * YIELD_EACH)))
  }

  /** Files being served and peers need descriptors, too: what arrives waits in the backlog. */
  #awaitDescriptors(): void {
    if (clock.now - this.#toldAt >= TELL_EVERY) {
      this.#toldAt = clock.now
      errorLog.write('warn', 'descriptors run out: new connections wait')
    }
    this.#pauseFor(DESCRIPTORS_PAUSE)
  }

  #pauseFor(milliseconds: number): void {
    clearTimeout(this.#yielding)
    this.#pause()
    this.#yielding = setTimeout(() => {
      this.#yielding = undefined
      if (this.#descriptors.scarce) this.#awaitDescriptors()
      else if (!this.#clients.full) this.#resume()
    }, milliseconds)
  }

  #pause(): void {
    for (const listener of this.#listeners) listener.pause()
  }

  #resume(): void {
    for (const listener of this.#listeners) listener.resume()
  }
}

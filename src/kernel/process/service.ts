import { clock, tickAll } from '../../base/clock.ts'
import { errorLog } from '../../storage/log/error-log.ts'
import { removeLeftFiles } from '../../storage/temp/left-files.ts'
import { openZones } from '../../storage/zone/open-zones.ts'
import type { ConfigError } from '../directive/mark.ts'
import { Clients } from '../listen/clients.ts'
import { groupListens, type ListenGroup } from '../listen/grouping.ts'
import { type Acceptor, Listener } from '../listen/listener.ts'
import { makeReady } from '../phase/make-ready.ts'
import type { ListenPlan, Plan } from '../phase/plan.ts'
import type { Handle } from '../socket/binding.ts'
import { Slots } from '../socket/slots.ts'
import { openUpstreams } from '../upstream/registry.ts'
import { Accepting } from './accepting.ts'
import { usableConnections } from './open-files.ts'
import { StartError } from './program.ts'
import type { Standings } from './standings.ts'
import { beginVitals, takeVitals } from './vitals.ts'

/** How often deadlines are looked at, in milliseconds. */
const SWEEP_EVERY = 100

/** One process serving one configuration: its listeners, its connections and their deadlines. */
export class Service implements Acceptor {
  readonly #slots: Slots
  readonly #clients: Clients
  readonly #plan: Plan
  readonly #standings: Standings | undefined
  #listeners: readonly Listener[] = []
  #accepting: Accepting | undefined
  /** What ends that which was begun. */
  #endings: readonly (() => void)[] = []
  #sweep: NodeJS.Timeout

  /** `standings` are those of the workers that accept on the same sockets, if there are any. */
  constructor(plan: Plan, standings: Standings | undefined, onSweep: () => void) {
    this.#plan = plan
    this.#standings = standings
    this.#slots = new Slots(usableConnections(plan.events.worker_connections))
    this.#clients = new Clients(this.#slots)
    this.#slots.onFree(() => this.#clients.admitWaiting())
    beginVitals()
    this.#sweep = setInterval(() => {
      tickAll()
      this.#slots.sweep(clock.now)
      this.#clients.flushPostponed()
      takeVitals(SWEEP_EVERY)
      this.#accepting?.sweep()
      onSweep()
    }, SWEEP_EVERY)
  }

  get listeners(): readonly Listener[] {
    return this.#listeners
  }

  /** Resolves names, and makes upstreams, zones and plugins ready. Before `listen`. */
  async open(): Promise<void> {
    const { errors } = await makeReady(this.#plan)
    if (errors.length > 0) throw new StartError(errors.map(describe))
    const warn = (text: string) => errorLog.write('warn', text)
    await openUpstreams(this.#plan.upstreams, this.#slots, warn)
    openZones(this.#plan.zones)
    void removeLeftFiles(this.#plan.tempFolders)
  }

  /**
   * Begins to accept. `socketsOf` gives the bound socket of a group, as often as it has handles;
   * listeners of an earlier configuration in this process are taken over where the addresses are
   * the same.
   */
  listen(
    socketsOf: (group: ListenGroup) => readonly Handle[],
    earlier: readonly Listener[] = [],
  ): void {
    this.#listeners = groupListens(this.#plan.listens).map((group) => {
      const same = earlier.find((each) => each.key === group.plan.listen.key)
      same?.serve(group, this)
      return same ?? new Listener(socketsOf(group), group, this)
    })
    const { events } = this.#plan
    this.#accepting = new Accepting(this.#clients, this.#listeners, events, this.#standings)
    const hold = () => this.#clients.hold()
    this.#endings = this.#plan.beginnings.map(({ run }) => run(hold))
  }

  accept(handle: Handle, plan: ListenPlan): void {
    this.#clients.accept(handle, plan)
    this.#accepting?.accepted(handle)
  }

  /** Stops accepting, lets clients finish, then calls `done`; `patience` ms later they are cut. */
  drain(patience: number, done: () => void): void {
    for (const listener of this.#listeners) listener.close()
    this.release(patience, done)
  }

  /** As `drain`, when another service has taken the listeners over. */
  release(patience: number, done: () => void): void {
    this.#listeners = []
    this.#stopAccepting()
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
    this.#stopAccepting()
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

  #stopAccepting(): void {
    for (const end of this.#endings) end()
    this.#endings = []
    this.#accepting?.close()
    this.#accepting = undefined
  }
}

/** The text of a configuration is not at hand in a worker. */
function describe({ mark, message }: ConfigError): string {
  return `${mark.file}:${mark.line}:${mark.column}: ${message}`
}

import { availableParallelism } from 'node:os'
import { errorLog } from '../../storage/log/error-log.ts'
import { type BoundSocket, bindSocket, isIPv6Only } from '../listen/bound-socket.ts'
import { groupListens } from '../listen/grouping.ts'
import type { Listen } from '../listen/listen-directive.ts'
import type { Plan } from '../phase/plan.ts'
import { takeHandedSockets } from './handed-sockets.ts'
import { reasonsOf, StartError } from './program.ts'
import type { Succession } from './succession.ts'

/** The sockets a new configuration needs, bound, while it is not yet certain to be served. */
export interface SocketChange {
  /** The sockets of one worker, counted from 0, one for each address. */
  socketsOf(worker: number): readonly BoundSocket[]
  /** What should be told in the log of the new configuration. */
  readonly warnings: readonly string[]
  /** It is served: sockets that only the old configuration needed are closed. */
  commit(): void
  /** It is not: sockets that only the new one needed are closed. */
  rollback(): void
}

/** By address: one socket for all workers, or one for each (`reuseport`). */
type ByAddress = ReadonlyMap<string, readonly BoundSocket[]>

/**
 * The listening sockets of a gateway: those it was started with, and those it binds. They stay open
 * as long as any configuration names them.
 */
export class Sockets {
  readonly #succession: Succession
  #open: ByAddress
  #warnings: readonly string[]

  constructor(succession: Succession) {
    const { sockets, warnings } = takeHandedSockets()
    this.#succession = succession
    this.#open = byAddress(sockets)
    this.#warnings = warnings
  }

  get open(): readonly BoundSocket[] {
    return [...this.#open.values()].flat()
  }

  /** Binds what `plan` listens on and is not yet open; throws `StartError` with all failures. */
  async change(plan: Plan, workers: number): Promise<SocketChange> {
    const wanted = new Map<string, readonly BoundSocket[]>()
    const fresh: BoundSocket[] = []
    const reasons: string[] = []
    const rollback = () => {
      for (const socket of fresh) socket.close('removed')
    }
    for (const {
      plan: { listen },
    } of groupListens(plan.listens)) {
      const open = this.#open.get(listen.key) ?? []
      if ((open[0]?.ipv6only ?? isIPv6Only(listen)) !== isIPv6Only(listen)) {
        warnOfChange(listen, 'ipv6only')
      }
      const count = listen.reuseport ? workers : 1
      const sockets = open.slice(0, count)
      try {
        while (sockets.length < count) {
          const socket = await bindSocket(listen)
          fresh.push(socket)
          sockets.push(socket)
        }
      } catch (error) {
        // The system lets no second socket in where the first was bound without `reuseport`.
        if (open.length > 0) warnOfChange(listen, 'reuseport')
        else reasons.push(...reasonsOf(error))
      }
      wanted.set(listen.key, sockets)
    }
    const warnings = [...this.#warnings, ...this.#unused(wanted)]
    if (reasons.length > 0) {
      rollback()
      // The socket that is in the way may be the one nobody uses.
      throw new StartError([...warnings, ...reasons])
    }
    return {
      socketsOf: (worker) =>
        [...wanted.values()].map((each) => each[worker % each.length] as BoundSocket),
      warnings,
      rollback,
      commit: () => this.#replace(wanted),
    }
  }

  closeAll(): void {
    this.#replace(new Map())
  }

  #unused(wanted: ByAddress): readonly string[] {
    return this.open
      .filter(({ key, origin }) => origin === 'lent' && !wanted.has(key))
      .map(({ key }) => `the service manager listens on ${key}, but no "listen" does: not used`)
  }

  #replace(wanted: ByAddress): void {
    for (const socket of this.open) {
      if (!wanted.get(socket.key)?.includes(socket)) {
        socket.close(this.#isShared(socket) ? 'kept' : 'removed')
      }
    }
    this.#open = wanted
    this.#warnings = []
  }

  #isShared({ origin }: BoundSocket): boolean {
    const { successor, hasPredecessor } = this.#succession
    return origin === 'lent' || successor !== undefined || (origin === 'handed' && hasPredecessor)
  }
}

function byAddress(sockets: readonly BoundSocket[]): ByAddress {
  const found = new Map<string, BoundSocket[]>()
  for (const socket of sockets) {
    const same = found.get(socket.key)
    if (same) same.push(socket)
    else found.set(socket.key, [socket])
  }
  return found
}

/** How many workers a configuration asks for. */
export function workersOf({ main }: Plan): number {
  return main.worker_processes === 'auto' ? availableParallelism() : main.worker_processes
}

function warnOfChange({ key }: Listen, parameter: 'ipv6only' | 'reuseport'): void {
  errorLog.write('warn', `${parameter} of ${key} changes with the next start only`)
}

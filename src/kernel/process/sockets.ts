import { availableParallelism } from 'node:os'
import { type BoundSocket, bindSocket, isIPv6Only } from '../listen/bound-socket.ts'
import { groupListens } from '../listen/grouping.ts'
import type { Listen } from '../listen/listen-directive.ts'
import { errorLog } from '../log/error-log.ts'
import type { Plan } from '../phase/plan.ts'
import { reasonsOf, StartError } from './program.ts'

/** The sockets a new configuration needs, bound, while it is not yet certain to be served. */
export interface SocketChange {
  /** The sockets of one worker, counted from 0, one for each address. */
  socketsOf(worker: number): readonly BoundSocket[]
  /** It is served: sockets that only the old configuration needed are closed. */
  commit(): void
  /** It is not: sockets that only the new one needed are closed. */
  rollback(): void
}

/** By address: one socket for all workers, or one for each (`reuseport`). */
type ByAddress = ReadonlyMap<string, readonly BoundSocket[]>

/** The listening sockets of a gateway. They stay open as long as any configuration names them. */
export class Sockets {
  #open: ByAddress = new Map()

  /** Binds what `plan` listens on and is not yet open; throws `StartError` with all failures. */
  async change(plan: Plan, workers: number): Promise<SocketChange> {
    const wanted = new Map<string, readonly BoundSocket[]>()
    const fresh: BoundSocket[] = []
    const reasons: string[] = []
    const rollback = () => {
      for (const socket of fresh) socket.close()
    }
    for (const {
      plan: { listen },
    } of groupListens(plan.listens)) {
      const open = this.#open.get(listen.key) ?? []
      if (open[0] && open[0].ipv6only !== isIPv6Only(listen)) warnOfChange(listen, 'ipv6only')
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
    if (reasons.length > 0) {
      rollback()
      throw new StartError(reasons)
    }
    return {
      socketsOf: (worker) =>
        [...wanted.values()].map((each) => each[worker % each.length] as BoundSocket),
      rollback,
      commit: () => this.#replace(wanted),
    }
  }

  closeAll(): void {
    this.#replace(new Map())
  }

  #replace(wanted: ByAddress): void {
    for (const [key, sockets] of this.#open) {
      for (const socket of sockets) if (!wanted.get(key)?.includes(socket)) socket.close()
    }
    this.#open = wanted
  }
}

/** How many workers a configuration asks for. */
export function workersOf({ main }: Plan): number {
  return main.worker_processes === 'auto' ? availableParallelism() : main.worker_processes
}

function warnOfChange({ key }: Listen, parameter: 'ipv6only' | 'reuseport'): void {
  errorLog.write('warn', `${parameter} of ${key} changes with the next start only`)
}

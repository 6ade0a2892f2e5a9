import { type BoundSocket, bindSocket, isIPv6Only } from '../listen/bound-socket.ts'
import { groupListens } from '../listen/grouping.ts'
import { errorLog } from '../log/error-log.ts'
import type { Plan } from '../phase/plan.ts'
import { reasonsOf, StartError } from './program.ts'

/** The sockets a new configuration needs, bound, while it is not yet certain to be served. */
export interface SocketChange {
  /** By address. */
  readonly sockets: ReadonlyMap<string, BoundSocket>
  /** It is served: sockets that only the old configuration needed are closed. */
  commit(): void
  /** It is not: sockets that only the new one needed are closed. */
  rollback(): void
}

/** The listening sockets of a gateway. They stay open as long as any configuration names them. */
export class Sockets {
  #open = new Map<string, BoundSocket>()

  /** Binds what `plan` listens on and is not yet open; throws `StartError` with all failures. */
  async change(plan: Plan): Promise<SocketChange> {
    const wanted = new Map<string, BoundSocket>()
    const fresh: BoundSocket[] = []
    const reasons: string[] = []
    const rollback = () => {
      for (const socket of fresh) socket.close()
    }
    for (const {
      plan: { listen },
    } of groupListens(plan.listens)) {
      let socket = this.#open.get(listen.key)
      if (socket && socket.ipv6only !== isIPv6Only(listen)) {
        errorLog.write('warn', `ipv6only of ${listen.key} changes with the next start only`)
      }
      try {
        if (!socket) {
          socket = await bindSocket(listen)
          fresh.push(socket)
        }
        wanted.set(listen.key, socket)
      } catch (error) {
        reasons.push(...reasonsOf(error))
      }
    }
    if (reasons.length > 0) {
      rollback()
      throw new StartError(reasons)
    }
    return { sockets: wanted, rollback, commit: () => this.#replace(wanted) }
  }

  closeAll(): void {
    this.#replace(new Map())
  }

  #replace(wanted: Map<string, BoundSocket>): void {
    for (const [key, socket] of this.#open) {
      if (wanted.get(key) !== socket) socket.close()
    }
    this.#open = wanted
  }
}

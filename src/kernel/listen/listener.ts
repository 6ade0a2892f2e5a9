import { describeSystemError } from '../../base/system-error.ts'
import { errorLog } from '../../storage/log/error-log.ts'
import type { ListenPlan } from '../phase/plan.ts'
import { type Handle, newPipeServer, newTcpServer } from '../socket/binding.ts'
import { type ListenGroup, planOf } from './grouping.ts'
import { DEFAULT_BACKLOG, type Listen } from './listen-directive.ts'

/** Who gets the connections a listener accepts. */
export interface Acceptor {
  accept(handle: Handle, plan: ListenPlan): void
}

/** After a failed accept (no descriptors left) nothing is accepted for this long, as in nginx. */
const RETRY_DELAY = 500

/**
 * Accepts connections on one listening socket and hands them over. A handle accepts one connection
 * in a turn of the loop; several on copies of the descriptor accept as many (`multi_accept`).
 */
export class Listener {
  readonly key: string
  /** Whether other workers accept on the same socket. */
  readonly shared: boolean
  readonly #handles: readonly Handle[]
  readonly #backlog: number
  #group: ListenGroup
  #acceptor: Acceptor
  #paused = false
  #closed = false
  #retry: NodeJS.Timeout | undefined

  /** Throws when the socket cannot listen. */
  constructor(handles: readonly Handle[], group: ListenGroup, acceptor: Acceptor) {
    const { listen } = group.plan
    this.key = listen.key
    this.shared = !listen.reuseport
    this.#handles = handles
    this.#backlog = listen.backlog ?? DEFAULT_BACKLOG
    this.#group = group
    this.#acceptor = acceptor
    for (const handle of handles) {
      handle.onconnection = (failed, client) => this.#onConnection(failed, client)
    }
    const failed = this.#listen()
    if (failed !== 0) throw listenFailed(listen.key, failed)
  }

  /** Gives the connections of this socket to another configuration from now on. */
  serve(group: ListenGroup, acceptor: Acceptor): void {
    this.#group = group
    this.#acceptor = acceptor
  }

  /** Accepts nothing until `resume`; what arrives waits in the backlog or goes to other workers. */
  pause(): void {
    if (this.#paused || this.#closed) return
    this.#paused = true
    // A listening handle has no pause of its own: to stop reading is to stop polling it.
    for (const handle of this.#handles) if (handle.readStart() === 0) handle.readStop()
  }

  resume(): void {
    if (!this.#paused || this.#closed || this.#retry) return
    this.#paused = false
    const failed = this.#listen()
    if (failed !== 0) errorLog.write('alert', listenFailed(this.key, failed).message)
  }

  /** Closes this process's copy of the socket; other processes go on accepting. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    clearTimeout(this.#retry)
    for (const handle of this.#handles) handle.close()
  }

  #listen(): number {
    let failed = 0
    for (const handle of this.#handles) failed ||= handle.listen(this.#backlog)
    return failed
  }

  #onConnection(failed: number, client: Handle | undefined): void {
    if (failed !== 0 || !client) {
      errorLog.write('crit', `accept() on ${this.key} failed ${describeSystemError(failed)}`)
      this.#waitForDescriptors()
      return
    }
    const plan = planOf(this.#group, client)
    const { keepalive } = plan.listen
    if (keepalive) client.setKeepAlive?.(keepalive.on, keepalive.idle)
    this.#acceptor.accept(client, plan)
  }

  #waitForDescriptors(): void {
    if (this.#retry || this.#closed) return
    this.pause()
    this.#retry = setTimeout(() => {
      this.#retry = undefined
      this.resume()
    }, RETRY_DELAY)
  }
}

/** A handle on a listening socket another process has bound and handed down. */
export function inheritSocket(listen: Listen, fd: number): Handle {
  const handle = listen.address.kind === 'unix' ? newPipeServer() : newTcpServer()
  const failed = handle.open(fd)
  if (failed === undefined || failed === 0) return handle
  throw new Error(`cannot open descriptor ${fd} for ${listen.key} ${describeSystemError(failed)}`)
}

function listenFailed(key: string, errno: number): Error {
  return new Error(`listen() to ${key} failed ${describeSystemError(errno)}`)
}

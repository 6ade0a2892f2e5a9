import type { BoundSocket, SocketOrigin } from '../listen/bound-socket.ts'
import { openHandedSocket } from '../listen/handed-socket.ts'

/** Names the descriptors a gateway has from the one that started it: `4;5;6:lent`. */
export const SOCKETS = 'GATEWAY_SOCKETS'
/** Where the service manager's descriptors begin (sd_listen_fds(3)). */
const FIRST_LENT = 3
/** More are not looked at: an environment is only text. */
const MOST_LENT = 1024

interface Descriptor {
  readonly fd: number
  readonly origin: SocketOrigin
}

/** What a process was started with. */
export interface HandedSockets {
  readonly sockets: readonly BoundSocket[]
  /** What should have been one and is not. */
  readonly warnings: readonly string[]
}

/**
 * The listening sockets this process was started with: by the master before it, or by a service
 * manager (`LISTEN_FDS`). Nobody it starts will take them for its own.
 */
export function takeHandedSockets(env: NodeJS.ProcessEnv = process.env): HandedSockets {
  const descriptors = [...handedIn(env), ...lentIn(env)]
  for (const name of [SOCKETS, 'LISTEN_FDS', 'LISTEN_PID', 'LISTEN_FDNAMES']) delete env[name]
  const warnings: string[] = []
  const sockets = descriptors.flatMap(({ fd, origin }) => {
    const socket = openHandedSocket(fd, origin)
    if (!socket) warnings.push(`descriptor ${fd} is no listening socket, ignored`)
    return socket ?? []
  })
  return { sockets, warnings }
}

/** The value of `GATEWAY_SOCKETS` for a process in which these sockets begin at a descriptor. */
export function describeHanded(sockets: readonly BoundSocket[], first: number): string {
  return sockets.map(({ origin }, i) => `${first + i}${origin === 'lent' ? ':lent' : ''}`).join(';')
}

function handedIn(env: NodeJS.ProcessEnv): readonly Descriptor[] {
  return (env[SOCKETS] ?? '').split(';').flatMap((text) => {
    const [, fd, lent] = /^(\d{1,6})(:lent)?$/.exec(text) ?? []
    return fd === undefined ? [] : { fd: Number(fd), origin: lent ? 'lent' : 'handed' }
  })
}

function lentIn({ LISTEN_PID: pid, LISTEN_FDS: count = '' }: NodeJS.ProcessEnv): Descriptor[] {
  if (pid !== String(process.pid) || !/^\d{1,4}$/.test(count)) return []
  const length = Math.min(Number(count), MOST_LENT)
  return Array.from({ length }, (_, i) => ({ fd: FIRST_LENT + i, origin: 'lent' }))
}

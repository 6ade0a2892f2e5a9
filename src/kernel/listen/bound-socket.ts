import { chmodSync, lstatSync, unlinkSync } from 'node:fs'
import { connect } from 'node:net'
import { codeOf, describeSystemError } from '../../base/system-error.ts'
import { type Handle, newPipeServer, newTcpServer, REUSE_PORT } from '../socket/binding.ts'
import type { Listen } from './listen-directive.ts'

/** How the key of a unix socket begins. */
const UNIX = 'unix:'
/** UV_TCP_IPV6ONLY. */
const IPV6_ONLY = 1
/** Everybody may connect, as with nginx; the folder's permissions decide otherwise. */
const UNIX_MODE = 0o666
/** Longest time a unix socket is given to answer whether somebody listens on it. */
const PROBE_TIMEOUT = 1000

/** Bound by this process, handed down by the master before it, or lent by the service manager. */
export type SocketOrigin = 'bound' | 'handed' | 'lent'

/**
 * A socket bound to an address. The master never polls it: workers get the descriptor and accept
 * for themselves.
 */
export class BoundSocket {
  readonly key: string
  readonly origin: SocketOrigin
  /** Undefined where another process has decided it. */
  readonly ipv6only: boolean | undefined
  readonly #handle: Handle

  constructor(
    key: string,
    handle: Handle,
    { origin, ipv6only }: Partial<Pick<BoundSocket, 'origin' | 'ipv6only'>>,
  ) {
    this.key = key
    this.origin = origin ?? 'bound'
    this.ipv6only = ipv6only
    this.#handle = handle
  }

  get fd(): number {
    return this.#handle.fd
  }

  /** The handle itself, for a process that accepts with it. */
  get handle(): Handle {
    return this.#handle
  }

  /** Closes this process's copy. A unix socket's path is kept where others go on listening. */
  close(path: 'removed' | 'kept'): void {
    const unixPath = this.key.startsWith(UNIX) ? this.key.slice(UNIX.length) : undefined
    // libuv unlinks what it has bound when it is closed; this process ends soon, that does not.
    if (unixPath !== undefined && this.origin === 'bound' && path === 'kept') return
    this.#handle.close()
    if (unixPath !== undefined && this.origin !== 'bound' && path === 'removed') remove(unixPath)
  }
}

/** Binds a socket; throws an error whose message is nginx's `bind() to … failed (…)`. */
export async function bindSocket(listen: Listen): Promise<BoundSocket> {
  const { address } = listen
  if (address.kind === 'unix') await removeStale(address.path)
  const handle = address.kind === 'unix' ? newPipeServer() : newTcpServer()
  const failed = bind(handle, listen)
  if (failed !== 0) {
    handle.close()
    throw bindFailed(listen.key, failed)
  }
  if (address.kind === 'unix') chmodSync(address.path, UNIX_MODE)
  return new BoundSocket(listen.key, handle, { ipv6only: isIPv6Only(listen) })
}

/** `ipv6only` is on unless written otherwise, as in nginx. */
export function isIPv6Only(listen: Listen): boolean {
  return listen.address.kind === 'tcp' && listen.address.family === 6 && listen.ipv6only !== false
}

function bind(handle: Handle, listen: Listen): number {
  const { address } = listen
  if (address.kind === 'unix') return handle.bind(address.path)
  const { family, host, port } = address
  const flags = (isIPv6Only(listen) ? IPV6_ONLY : 0) | (listen.reuseport ? (REUSE_PORT ?? 0) : 0)
  const failed =
    family === 4 ? handle.bind(host, port, flags) : (handle.bind6?.(host, port, flags) ?? 0)
  // libuv keeps an address in use to itself until the socket is asked for its name.
  return failed !== 0 ? failed : (handle.getsockname?.({}) ?? 0)
}

/** A path left behind by a process that was killed is removed; one in use is not. */
async function removeStale(path: string): Promise<void> {
  try {
    if (!lstatSync(path).isSocket()) return
  } catch {
    return
  }
  // Where it cannot be removed, bind fails and tells why.
  if (await isAbandoned(path)) remove(path)
}

function remove(path: string): void {
  try {
    unlinkSync(path)
  } catch {
    // Gone already, or in a folder that does not let us.
  }
}

function isAbandoned(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect({ path })
    const settle = (abandoned: boolean) => {
      probe.destroy()
      resolve(abandoned)
    }
    probe.setTimeout(PROBE_TIMEOUT, () => settle(false))
    probe.once('connect', () => settle(false))
    probe.once('error', (error) => settle(codeOf(error) === 'ECONNREFUSED'))
  })
}

function bindFailed(key: string, errno: number): Error {
  return new Error(`bind() to ${key} failed ${describeSystemError(errno)}`)
}

import { constants } from 'node:os'
import { type Handle, newPipeConnect, newTcpConnect } from '../socket/binding.ts'
import type { LocalAddress } from './local-address.ts'
import type { PeerAddress } from './peer.ts'

/** A local address of another family than the peer's. */
const EINVAL = -constants.errno.EINVAL

/** Lets a connection come from an address. Returns 0 or a negative errno. */
export function bind(handle: Handle, { host, port }: LocalAddress, to: PeerAddress): number {
  if (to.kind === 'unix' || isIPv6(host) !== isIPv6(to.host)) return EINVAL
  const failed = isIPv6(host) ? (handle.bind6?.(host, port, 0) ?? EINVAL) : handle.bind(host, port)
  // An address that is in use is told only when somebody asks further.
  return failed || (handle.getsockname?.({}) ?? 0)
}

/** Begins to connect; `done` hears a negative errno or 0. Returns one where nothing begins. */
export function startConnect(
  handle: Handle,
  address: PeerAddress,
  done: (status: number) => void,
): number {
  if (address.kind === 'unix') {
    const request = newPipeConnect()
    request.oncomplete = done
    // Older versions of Node return nothing here and always report through the request.
    return handle.connect(request, address.path) ?? 0
  }
  const request = newTcpConnect()
  request.oncomplete = done
  const connect = isIPv6(address.host) ? handle.connect6 : handle.connect
  return connect?.call(handle, request, address.host, address.port) ?? 0
}

function isIPv6(host: string): boolean {
  return host.includes(':')
}

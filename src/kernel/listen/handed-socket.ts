import { fstatSync, readFileSync } from 'node:fs'
import { type Handle, newPipeServer, newTcpServer, type PeerName } from '../socket/binding.ts'
import { canonicalIPv6, formatAddress } from './address.ts'
import { BoundSocket, type SocketOrigin } from './bound-socket.ts'

/** A stream socket with a path in /proc/net/unix: number, counts, flags, type, state, inode, path. */
const STREAM = /^\S+ \S+ \S+ \S+ 0001 \S+ +(\d+) (\/.*)$/

/**
 * The listening socket behind a descriptor this process was started with, by the address the
 * system has for it. Undefined where it is none, or of a kind nobody can name in a `listen`.
 */
export function openHandedSocket(fd: number, origin: SocketOrigin): BoundSocket | undefined {
  const inode = inodeOf(fd)
  if (inode === undefined) return undefined
  const path = unixPathOf(inode)
  const handle = path === undefined ? newTcpServer() : newPipeServer()
  if ((handle.open(fd) ?? 0) !== 0) return undefined
  const key = path === undefined ? tcpKeyOf(handle) : formatAddress({ kind: 'unix', path })
  return key === undefined ? undefined : new BoundSocket(key, handle, { origin })
}

function inodeOf(fd: number): number | undefined {
  try {
    const facts = fstatSync(fd)
    return facts.isSocket() ? facts.ino : undefined
  } catch {
    return undefined
  }
}

/** libuv has no name for a unix socket that another process has bound, but the system lists it. */
function unixPathOf(inode: number): string | undefined {
  for (const row of unixSockets()) {
    const [, number, path] = STREAM.exec(row) ?? []
    if (Number(number) === inode) return path
  }
  return undefined
}

function unixSockets(): readonly string[] {
  try {
    return readFileSync('/proc/net/unix', 'utf8').split('\n')
  } catch {
    return []
  }
}

function tcpKeyOf(handle: Handle): string | undefined {
  const name: PeerName = {}
  if (handle.getsockname?.(name) !== 0) return undefined
  const { address: host, port, family } = name
  if (host === undefined || port === undefined) return undefined
  return family === 'IPv6'
    ? formatAddress({ kind: 'tcp', family: 6, host: canonicalIPv6(host), port })
    : formatAddress({ kind: 'tcp', family: 4, host, port })
}

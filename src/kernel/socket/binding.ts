/**
 * With `tls-handle.ts`, the only file that touches Node's internals: libuv's stream handles without `net.Socket` around
 * them. Measured against `net.Socket` on a keep-alive request: 4.4 µs of CPU instead of 6.0, and
 * 1.8 KB for an idle connection instead of 5.9. `docs/decisions/0001-raw-handles.md` has the figures.
 */
import { Buffer } from 'node:buffer'

/** A TCP or pipe handle as far as this program uses it. Calls return 0 or a negative errno. */
export interface Handle {
  /** Called with `this` being the handle; bytes or a negative errno are in `readResult()`. */
  onread: (this: Handle) => void
  /** Free for the owner of the handle. */
  stream?: unknown
  readonly fd: number
  /** Bytes that wait to be written. */
  readonly writeQueueSize: number
  /** Whether what is written need not stay untouched until the write completes. */
  readonly copies?: boolean
  useUserBuffer(buffer: Buffer): void
  readStart(): number
  readStop(): number
  writeLatin1String(request: WriteRequest, text: string): number
  writeBuffer(request: WriteRequest, bytes: Uint8Array): number
  writev(request: WriteRequest, chunks: readonly Uint8Array[], allBuffers: true): number
  shutdown(request: Request): number
  close(done?: () => void): void
  reset?(done?: () => void): number
  open(fd: number): number
  /** TCP: address, port, flags; pipes: the path alone. */
  bind(address: string, port?: number, flags?: number): number
  bind6?(address: string, port: number, flags: number): number
  listen(backlog: number): number
  setNoDelay?(on: boolean): number
  setKeepAlive?(on: boolean, seconds: number): number
  getpeername?(out: PeerName): number
  getsockname?(out: PeerName): number
  connect(request: Request, address: string, port?: number): number
  connect6?(request: Request, address: string, port: number): number
  onconnection?: (error: number, client: Handle | undefined) => void
}

export interface PeerName {
  address?: string
  port?: number
  family?: string
}

export interface Request {
  oncomplete: ((status: number) => void) | undefined
}

export interface WriteRequest extends Request {
  /** Keeps the memory alive while libuv writes from it. */
  buffer?: unknown
}

interface StreamBinding {
  WriteWrap: new () => WriteRequest
  ShutdownWrap: new () => Request
  streamBaseState: Int32Array
  kReadBytesOrError: number
  kLastWriteWasAsync: number
}

interface HandleBinding {
  TCP: new (kind: number) => Handle
  TCPConnectWrap: new () => Request
  Pipe: new (kind: number) => Handle
  PipeConnectWrap: new () => Request
  constants: { SOCKET: number; SERVER: number; UV_TCP_REUSEPORT?: number }
}

/** One of Node's own bindings. Throws where this Node has none of that name. */
export function internal<T>(name: string): T {
  const binding = (process as unknown as { binding?: (name: string) => unknown }).binding
  if (!binding) throw missing(`process.binding`)
  return binding(name) as T
}

function missing(what: string): Error {
  return new Error(
    `this build of Node (${process.version}) has no ${what}; use Node 20.19 or newer, 22 or 24`,
  )
}

const streams = internal<StreamBinding>('stream_wrap')
const tcp = internal<HandleBinding>('tcp_wrap')
const pipe = internal<HandleBinding>('pipe_wrap')
const state = streams.streamBaseState

for (const [name, value] of Object.entries({
  WriteWrap: streams.WriteWrap,
  ShutdownWrap: streams.ShutdownWrap,
  TCP: tcp.TCP,
  Pipe: pipe.Pipe,
  useUserBuffer: tcp.TCP.prototype.useUserBuffer,
  writeLatin1String: tcp.TCP.prototype.writeLatin1String,
  writev: tcp.TCP.prototype.writev,
})) {
  if (typeof value !== 'function') throw missing(name)
}

/** The flag of `bind` for SO_REUSEPORT; undefined where this Node has none (before 22.12). */
export const REUSE_PORT: number | undefined = tcp.constants.UV_TCP_REUSEPORT

/** Bytes of the read that is being reported, 0 for nothing, or a negative errno. */
export function readResult(): number {
  return state[streams.kReadBytesOrError] as number
}

/** Whether the write just made is still under way (its memory must stay untouched). */
export function writeIsPending(): boolean {
  return state[streams.kLastWriteWasAsync] !== 0
}

export function newWriteRequest(): WriteRequest {
  return new streams.WriteWrap()
}

export function newShutdownRequest(): Request {
  return new streams.ShutdownWrap()
}

export function newTcpSocket(): Handle {
  return new tcp.TCP(tcp.constants.SOCKET)
}

export function newTcpServer(): Handle {
  return new tcp.TCP(tcp.constants.SERVER)
}

export function newPipeSocket(): Handle {
  return new pipe.Pipe(pipe.constants.SOCKET)
}

export function newPipeServer(): Handle {
  return new pipe.Pipe(pipe.constants.SERVER)
}

export function newTcpConnect(): Request {
  return new tcp.TCPConnectWrap()
}

export function newPipeConnect(): Request {
  return new pipe.PipeConnectWrap()
}

/** The end of a stream as `readResult` reports it (libuv's UV_EOF). */
export const END_OF_STREAM = -4095

/** Memory for reads and writes that outlives a garbage collection without moving. */
export function newBuffer(bytes: number): Buffer {
  return Buffer.allocUnsafeSlow(bytes)
}

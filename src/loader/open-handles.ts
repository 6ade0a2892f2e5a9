import { subscribe } from 'node:diagnostics_channel'
import { syncBuiltinESMExports } from 'node:module'
import type { Socket } from 'node:net'
import timers from 'node:timers'

/** What the code of one bundle has opened. */
interface Owned {
  readonly intervals: Set<NodeJS.Timeout>
  readonly sockets: Set<Socket>
}

/** Node marks a timer that has been cleared; it tells nobody. */
type Clearable = NodeJS.Timeout & { readonly _destroyed?: boolean }

/** Between the plugin's code and what it asked Node for: an HTTP request is the longest way. */
const FRAMES = 30

const owners = new Map<string, Owned>()

/**
 * Counts intervals and sockets that code of a bundle opens, from now on, and returns how many are open.
 * Whose one is, the stack tells when it is opened: a plugin is one file with all that it imports, so
 * that nothing has to be carried along with promises, and whoever opens nothing pays nothing.
 */
export function openHandles(bundleUrl: string): () => number {
  if (owners.size === 0) watch()
  const owned = owners.get(bundleUrl) ?? { intervals: new Set(), sockets: new Set() }
  owners.set(bundleUrl, owned)
  return () => openIntervals(owned) + owned.sockets.size
}

function openIntervals({ intervals }: Owned): number {
  for (const timer of intervals) if ((timer as Clearable)._destroyed) intervals.delete(timer)
  return intervals.size
}

/** Intervals made between two looks at those that were cleared. */
const LOOK = 256

function watch(): void {
  const { setInterval: native } = timers
  const counted = (...args: Parameters<typeof native>): NodeJS.Timeout => {
    const timer = native(...args)
    const owned = ownerOfStack()
    owned?.intervals.add(timer)
    if (owned && owned.intervals.size % LOOK === 0) openIntervals(owned)
    return timer
  }
  timers.setInterval = Object.assign(counted, native)
  globalThis.setInterval = timers.setInterval as typeof globalThis.setInterval
  syncBuiltinESMExports()
  subscribe('net.client.socket', (message) => {
    const { socket } = message as { readonly socket: Socket }
    const owned = ownerOfStack()
    if (!owned) return
    owned.sockets.add(socket)
    socket.once('close', () => owned.sockets.delete(socket))
  })
}

function ownerOfStack(): Owned | undefined {
  const { prepareStackTrace, stackTraceLimit } = Error
  Error.stackTraceLimit = FRAMES
  // The frames as they are: texts with lines of the sources would be a thousand times the work.
  Error.prepareStackTrace = (_, sites) => sites
  const sites = new Error().stack as unknown as readonly NodeJS.CallSite[]
  Error.prepareStackTrace = prepareStackTrace
  Error.stackTraceLimit = stackTraceLimit
  for (const site of sites) {
    const owned = owners.get(site.getFileName() ?? '')
    if (owned) return owned
  }
  return undefined
}

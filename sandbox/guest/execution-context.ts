import { Op, RequestOp } from '../border/ops.ts'
import { host } from './host.ts'
import { bodyForHost, headOf } from './outgoing.ts'
import { reportError } from './report.ts'
import { isRequest, Request, requestParts } from './request.ts'
import { type Response, responseOf } from './response.ts'
import { later } from './tickets.ts'

/** How many pieces of background work have not ended. */
let pending = 0

/** `ctx`: what a hook can do beside answering. */
export class ExecutionContext {
  /** Lets the run outlive its answer until `promise` settles. */
  waitUntil(promise: unknown): void {
    if (pending === 0) host(Op.hold)
    pending += 1
    void settled(promise)
  }

  /** An error of this hook is not the answer: the location's handler answers instead. */
  passThroughOnException(): void {
    host(Op.passThrough)
  }

  /** What the location's handler answers, to this request or to another one. */
  async next(request?: Request | string): Promise<Response> {
    const asked = request === undefined || isRequest(request) ? request : new Request(request)
    if (asked === undefined) return responseOf(await later<never>(host(RequestOp.next)))
    const parts = requestParts(asked)
    const body = await bodyForHost(parts.source)
    return responseOf(await later<never>(host(RequestOp.next, headOf(parts), body)))
  }

  /** Sends the request of a `request` hook to the upstream of this name. */
  set upstream(name: string) {
    host(RequestOp.upstream, `${name}`)
  }
}

/** As the client's request, the first one is made before any script runs. */
let prepared: ExecutionContext | undefined = new ExecutionContext()

/** The `ctx` of a run. */
export function executionContext(): ExecutionContext {
  const context = prepared ?? new ExecutionContext()
  prepared = undefined
  return context
}

async function settled(promise: unknown): Promise<void> {
  try {
    await promise
  } catch (error) {
    reportError(error)
  }
  pending -= 1
  if (pending === 0) host(Op.release)
}

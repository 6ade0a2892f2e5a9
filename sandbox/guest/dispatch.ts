import type { Crossing } from '../border/crossing.ts'
import type { Hook } from '../border/hooks.ts'
import { Op } from '../border/ops.ts'
import { answer } from './answer.ts'
import { noAnswer } from './errors.ts'
import { executionContext } from './execution-context.ts'
import { host } from './host.ts'
import { bodyForHost, headOf } from './outgoing.ts'
import { PlainPromise, PlainString, parseJson } from './primordials.ts'
import { describe } from './report.ts'
import { clientRequest, isRequest, type Request, requestParts } from './request.ts'
import { isResponse, responseOf } from './response.ts'
import { script } from './script.ts'
import { later } from './tickets.ts'

/** What the host hands a hook, and what the hook's result becomes. */
interface HookKind {
  start(a: Crossing, b: Crossing): unknown
  finish(result: unknown, a: Crossing): void
}

const KINDS: Record<Hook | 'record', HookKind> = {
  fetch: {
    start: () => script.hooks.fetch?.(clientRequest(), script.env, executionContext()),
    finish: (result) => {
      if (!isResponse(result)) throw noAnswer('fetch', result)
      answer(result)
    },
  },
  access: {
    start: () => script.hooks.access?.(clientRequest(), script.env, executionContext()),
    finish: (result) => answerOrNone('access', result),
  },
  request: {
    start: () => script.hooks.request?.(clientRequest(), script.env, executionContext()),
    finish: (result) => (isRequest(result) ? rewrite(result) : answerOrNone('request', result)),
  },
  response: {
    start: (packed) =>
      script.hooks.response?.(
        responseOf(packed as number),
        clientRequest(),
        script.env,
        executionContext(),
      ),
    finish: (result) => answerOrNone('response', result),
  },
  balance: {
    start: (peers) => script.hooks.balance?.(parsed(peers), clientRequest(), script.env),
    finish: (result) => host(Op.value, textOrNone(addressOf(result))),
  },
  variables: {
    start: (name) => script.variable(name as string)(clientRequest(), script.env),
    finish: (result) => host(Op.value, textOrNone(result)),
  },
  log: {
    start: (entry) => script.hooks.log?.(parsed(entry), script.env, executionContext()),
    finish: () => host(Op.none),
  },
  scheduled: {
    start: (event) => script.hooks.scheduled?.(parsed(event), script.env, executionContext()),
    finish: () => host(Op.none),
  },
  record: {
    start: (task, detail) => script.record?.(task as string, detail as string),
    finish: (result) => host(Op.value, textOrNone(result)),
  },
}

/** Runs a hook of the script. What comes of it goes out by an op, now or when a promise settles. */
export function enter(hook: Hook | 'record', a: Crossing, b: Crossing): void {
  const kind = KINDS[hook]
  let result: unknown
  try {
    result = kind.start(a, b)
    if (isSettled(result)) {
      kind.finish(result, a)
      return
    }
  } catch (error) {
    fail(error)
    return
  }
  void finishLater(kind, result, a)
}

/** `await` looks up nothing that a script could have replaced, but on the script's own objects. */
async function finishLater(kind: HookKind, result: unknown, a: Crossing): Promise<void> {
  try {
    kind.finish(await result, a)
  } catch (error) {
    fail(error)
  }
}

function fail(error: unknown): void {
  const { name, message, stack } = describe(error)
  host(Op.fail, name, message, stack)
}

/** Whether nothing is to be waited for; a look at `then` would run the script's code. */
function isSettled(result: unknown): boolean {
  return isResponse(result) || typeof result !== 'object' || result === null
}

function answerOrNone(hook: Hook, result: unknown): void {
  if (result === undefined || result === null) host(Op.none)
  else if (isResponse(result)) answer(result)
  else throw noAnswer(hook, result)
}

function rewrite(request: Request): void {
  const parts = requestParts(request)
  const body = bodyForHost(parts.source)
  const waits = body instanceof PlainPromise ? body : host(Op.rewrite, headOf(parts), body)
  if (waits !== undefined) void rewriteLater(headOf(parts), waits)
}

/** Waits for the script's own stream, or for the host to have read a body. */
async function rewriteLater(head: string, waits: Crossing | Promise<Uint8Array>): Promise<void> {
  try {
    if (waits instanceof PlainPromise) await later(host(Op.rewrite, head, await waits))
    else await later(waits)
  } catch (error) {
    fail(error)
  }
}

/** A hook may return one of the peers it was given, too. */
function addressOf(peer: unknown): unknown {
  return typeof peer === 'object' && peer !== null ? (peer as { address?: unknown }).address : peer
}

function parsed(json: Crossing): unknown {
  return parseJson(json as string)
}

function textOrNone(value: unknown): string | undefined {
  return value === undefined || value === null ? undefined : PlainString(value)
}

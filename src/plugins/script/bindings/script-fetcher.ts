import type { Exchange } from 'gateway/plugin'
import { calledScriptFailed, callsTooDeep } from '../../../../sandbox/host/errors.ts'
import type { FetchLimits } from '../../../../sandbox/host/fetch/fetch-limits.ts'
import type {
  FetchAnswer,
  FetchContext,
  Fetcher,
  FetchRequest,
} from '../../../../sandbox/host/fetch/fetcher.ts'
import { sendableFields } from '../../../../sandbox/host/fetch/fields.ts'
import type { Spend } from '../../../../sandbox/host/spend.ts'
import type { FailureCode } from '../failure.ts'
import { askInside } from './ask-inside.ts'

/** Scripts that call each other, one in the other, at most. */
export const CALL_DEPTH = 8

/** What the call itself costs, in microseconds; what the run burns is shared. */
const CALL = 10

/** A script that another one is bound to. */
export interface Called {
  /** Bundles it where that was not done, and loads it; returns what other processes are handed. */
  open(handed: string | undefined): Promise<string>
  /** Has it answer a call. */
  answer(call: Call): void
}

/** One call of a script. */
export interface Call {
  readonly x: Exchange
  readonly request: FetchRequest
  /** How many scripts have called each other, this one included. */
  readonly depth: number
  /** Told where there is no answer. */
  refuse(code: FailureCode): void
}

/** Who calls. */
export interface Caller {
  readonly x: Exchange
  /** How many scripts have called each other before. */
  readonly depth: number
  /** Pays for the call itself. */
  readonly spend: Spend
}

/** Asks a bound script for one run, within this process. */
export class ScriptFetcher implements Fetcher {
  readonly #called: Called
  readonly #caller: Caller
  readonly #limits: FetchLimits

  constructor(called: Called, caller: Caller, limits: FetchLimits) {
    this.#called = called
    this.#caller = caller
    this.#limits = limits
  }

  async fetch(request: FetchRequest, context: FetchContext): Promise<FetchAnswer> {
    const { depth, spend, x } = this.#caller
    if (depth >= CALL_DEPTH) throw callsTooDeep(CALL_DEPTH)
    context.count()
    spend(CALL)
    const own = sendableFields(request.fields, this.#limits)
    const fields = [['host', request.url.host] as const, ...own]
    let failure: FailureCode | undefined
    return askInside(x, {
      request,
      fields,
      context,
      responseBody: this.#limits.responseBody,
      by: (made) => {
        const refuse = (code: FailureCode) => {
          failure = code
          made.finish(FAILED)
        }
        this.#called.answer({ x: made, request: { ...request, fields }, depth: depth + 1, refuse })
      },
      check: () => {
        if (failure !== undefined) throw calledScriptFailed(failure)
      },
    })
  }
}

/** Nobody sees it. */
const FAILED = 500

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
import type { HostBudget } from '../../../../sandbox/host/host-budget.ts'
import type { SubrequestCount } from '../../../../sandbox/host/subrequest-count.ts'
import type { FailureCode } from '../failure.ts'
import { askInside } from './ask-inside.ts'

/** Scripts that call each other, one in the other, at most. */
export const CALL_DEPTH = 8

/** What a run shares with those it calls, and they with theirs. */
export interface Caller {
  /** How many called each other before. */
  readonly depth: number
  readonly count: SubrequestCount
  readonly budget: HostBudget
}

/** A script that another one is bound to. */
export interface Called {
  /** Bundles it where that was not done, and loads it; returns what other processes are handed. */
  open(handed: string | undefined): Promise<string>
  /** Has it answer a request; `refuse` is called where it does not. */
  answer(
    x: Exchange,
    request: FetchRequest,
    caller: Caller,
    refuse: (code: FailureCode) => void,
  ): void
}

/** Asks a bound script for one run, within this process. */
export class ScriptFetcher implements Fetcher {
  readonly #called: Called
  readonly #x: Exchange
  readonly #caller: Caller
  readonly #limits: FetchLimits

  constructor(called: Called, x: Exchange, caller: Caller, limits: FetchLimits) {
    this.#called = called
    this.#x = x
    this.#caller = caller
    this.#limits = limits
  }

  async fetch(request: FetchRequest, context: FetchContext): Promise<FetchAnswer> {
    const caller = this.#caller
    if (caller.depth >= CALL_DEPTH) throw callsTooDeep(CALL_DEPTH)
    context.count()
    caller.budget.spend(0)
    const own = sendableFields(request.fields, this.#limits)
    const fields = [['host', request.url.host] as const, ...own]
    let failure: FailureCode | undefined
    return askInside(this.#x, {
      request,
      fields,
      context,
      responseBody: this.#limits.responseBody,
      by: (x) => {
        this.#called.answer(x, { ...request, fields }, caller, (code) => {
          failure = code
          x.finish(FAILED)
        })
      },
      check: () => {
        if (failure !== undefined) throw calledScriptFailed(failure)
      },
    })
  }
}

/** Nobody sees it. */
const FAILED = 500

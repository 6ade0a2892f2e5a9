import { type Exchange, pluginFailed } from 'gateway/plugin'
import { outletOf } from '../answer-sender.ts'
import type { Deployment } from '../deployment.ts'
import type { FailureCode } from '../failure.ts'
import { ExchangeRequest } from '../request-view.ts'
import { ScriptRun } from '../script-run.ts'
import { FetchedRequest } from './fetched-request.ts'
import type { Call, Called } from './script-fetcher.ts'

/** A script in service for others of its tenant: each call is a run of its own. */
export class CalledScript implements Called {
  readonly #deployment: Deployment

  constructor(deployment: Deployment) {
    this.#deployment = deployment
  }

  async open(handed: string | undefined): Promise<string> {
    const opened = await this.#deployment.open(handed)
    if (!this.#deployment.has('fetch'))
      throw this.#deployment.refused('a script that is bound has to have fetch')
    return opened
  }

  answer({ depth, refuse, request, x }: Call): void {
    const deployment = this.#deployment
    const refused = deployment.enter()
    if (refused) {
      refuse(refused)
      return
    }
    const run = new ScriptRun(x, deployment, {
      hook: 'fetch',
      values: [],
      request: new FetchedRequest(request, new ExchangeRequest(x, deployment.settings)),
      depth,
      outlet: outletOf(x),
      refuse: (code) => {
        refuse(code)
        return 'done'
      },
    })
    void this.#watch(x, run, refuse)
  }

  /** Sees to it that there is an answer, whatever becomes of the run. */
  async #watch(x: Exchange, run: ScriptRun, refuse: (code: FailureCode) => void): Promise<void> {
    try {
      if ((await run.start()) === 'next') refuse('script_no_answer')
    } catch (error) {
      x.report(pluginFailed('script', error))
      refuse('script_host')
    }
  }
}

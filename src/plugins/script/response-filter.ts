import {
  type Exchange,
  type GatewayError,
  type Head,
  pluginFailed,
  type Sink,
  type Verdict,
} from 'gateway/plugin'
import { packMessage, RESPONSE } from '../../../sandbox/border/messages.ts'
import type { Outlet } from './answer-sender.ts'
import { ChunkReader } from './chunk-reader.ts'
import type { Deployment } from './deployment.ts'
import { type FailureCode, problemOf } from './failure.ts'
import { HeadView } from './head-view.ts'
import { RememberedBody } from './remembered-body.ts'
import { ExchangeRequest } from './request-view.ts'
import { ScriptRun } from './script-run.ts'

/** Bytes of a response that are kept when a hook has read them. */
const REMEMBERED = 1024 * 1024

/**
 * Gives a response to the script's `response` hook. The body waits until the script has said what
 * becomes of it: it passes on, changed or not, or is dropped.
 */
export class ResponseFilter implements Sink, Outlet {
  readonly #x: Exchange
  readonly #next: Sink
  readonly #deployment: Deployment
  readonly #body = new ChunkReader({ pour: () => {}, discard: () => {} })
  /** What the script reads of it, which passes on all the same where it fails, or says nothing. */
  readonly #remembered = new RememberedBody(this.#body, REMEMBERED)

  constructor(x: Exchange, next: Sink, deployment: Deployment) {
    this.#x = x
    this.#next = next
    this.#deployment = deployment
  }

  // The response that comes.

  head(head: Head): void {
    void this.#filter(head)
  }

  data(chunk: Uint8Array): Promise<void> | undefined {
    return this.#body.data(chunk)
  }

  end(): void {
    this.#body.end()
  }

  fail(error: GatewayError): void {
    this.#body.fail(error)
  }

  // What the script makes of it.

  get gone(): boolean {
    return this.#x.aborted
  }

  open(head: Head): Sink {
    this.#remembered.forget()
    this.#next.head(head)
    return this.#next
  }

  respond(head: Head, body: string | Uint8Array): 'done' | Promise<'done'> {
    this.#remembered.forget()
    const bytes = typeof body === 'string' ? Buffer.from(body) : body
    head.length = bytes.length
    this.#next.head(head)
    return this.#pour(bytes)
  }

  async #filter(head: Head): Promise<void> {
    const response = new HeadView(head, this.#remembered)
    try {
      const verdict = await this.#run(response)
      if (verdict === 'next') await this.#pass(head)
      // The script's own answer may still be made of it.
      else setImmediate(() => response.leave())
    } catch (error) {
      this.#body.cancel()
      this.#next.fail(pluginFailed('script', error))
    }
  }

  #run(response: HeadView): Verdict | Promise<Verdict> {
    const refuse = (code: FailureCode) => this.#refuse(code)
    const refused = this.#deployment.enter()
    if (refused) return refuse(refused)
    const values = [packMessage(RESPONSE, response.status)]
    const request = new ExchangeRequest(this.#x, this.#deployment.settings)
    const task = { hook: 'response', values, request, response, outlet: this, refuse } as const
    return new ScriptRun(this.#x, this.#deployment, task).start()
  }

  #refuse(code: FailureCode): 'done' | Promise<'done'> {
    this.#body.cancel()
    const { body, head } = problemOf(code, this.#deployment.retryAfter(code))
    return this.respond(head, body)
  }

  /** The script has nothing to say to it, or has failed where it may. */
  async #pass(head: Head): Promise<void> {
    if (this.#remembered.isLost) {
      const most = `more than ${REMEMBERED} bytes of the response`
      this.#deployment.tell(this.#x, 'error', `script_error: it has read ${most}, and not answered`)
      await this.#refuse('script_error')
      return
    }
    this.#next.head(head)
    await this.#remembered.pour(this.#next)
  }

  async #pour(bytes: Uint8Array): Promise<'done'> {
    if (bytes.length > 0) await this.#next.data(bytes)
    await this.#next.end()
    return 'done'
  }
}

import {
  type Exchange,
  type GatewayError,
  type Head,
  pluginFailed,
  reasonOf,
  type Sink,
  type Verdict,
} from 'gateway/plugin'
import { packMessage, RESPONSE } from '../../../sandbox/border/messages.ts'
import type { MessageBody, ResponseView } from '../../../sandbox/host/message-view.ts'
import type { Outlet } from './answer-sender.ts'
import { ChunkReader } from './chunk-reader.ts'
import type { Deployment } from './deployment.ts'
import { type FailureCode, problemOf } from './failure.ts'
import { fieldsOf, valueIn } from './handler-answer.ts'
import { ScriptRun } from './script-run.ts'

/**
 * Gives a response to the script's `response` hook. The body waits until the script has said what
 * becomes of it: it passes on, changed or not, or is dropped.
 */
export class ResponseFilter implements Sink, Outlet {
  readonly #x: Exchange
  readonly #next: Sink
  readonly #deployment: Deployment
  readonly #body = new ChunkReader({ pour: () => {}, discard: () => {} })

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
    this.#next.head(head)
    return this.#next
  }

  respond(head: Head, body: string | Uint8Array): 'done' | Promise<'done'> {
    const bytes = typeof body === 'string' ? Buffer.from(body) : body
    head.length = bytes.length
    this.#next.head(head)
    return this.#pour(bytes)
  }

  async #filter(head: Head): Promise<void> {
    try {
      const verdict = await this.#run(head)
      if (verdict === 'next') await this.#pass(head)
      else if (this.#body.isUnread) setImmediate(() => this.#dropUnread())
    } catch (error) {
      this.#body.cancel()
      this.#next.fail(pluginFailed('script', error))
    }
  }

  #run(head: Head): Verdict | Promise<Verdict> {
    const refuse = (code: FailureCode) => this.#refuse(code)
    const refused = this.#deployment.enter()
    if (refused) return refuse(refused)
    const response = new FilteredResponse(head, this.#body)
    const values = [packMessage(RESPONSE, head.status)]
    const task = { hook: 'response', values, response, outlet: this, refuse } as const
    return new ScriptRun(this.#x, this.#deployment, task).start()
  }

  #refuse(code: FailureCode): 'done' | Promise<'done'> {
    this.#body.cancel()
    const { body, head } = problemOf(code)
    return this.respond(head, body)
  }

  /** The script has nothing to say to it. */
  async #pass(head: Head): Promise<void> {
    this.#next.head(head)
    for (;;) {
      const chunk = await this.#body.read()
      if (!chunk) break
      await this.#next.data(chunk)
    }
    await this.#next.end()
  }

  async #pour(bytes: Uint8Array): Promise<'done'> {
    if (bytes.length > 0) await this.#next.data(bytes)
    await this.#next.end()
    return 'done'
  }

  /** The script's answer has another body, or none. */
  #dropUnread(): void {
    if (this.#body.isUnread) this.#body.cancel()
  }
}

/** The response that is being filtered, as the script sees it. */
class FilteredResponse implements ResponseView {
  readonly status: number
  readonly statusText: string
  readonly body: MessageBody | undefined
  readonly #fields: readonly string[]

  constructor(head: Head, body: MessageBody) {
    const isEmpty = head.length === 0 || head.status === 204 || head.status === 304
    this.status = head.status
    this.statusText = head.reason ?? reasonOf(head.status)
    this.body = isEmpty ? undefined : body
    this.#fields = fieldsOf(head)
  }

  header(name: string): string | undefined {
    return valueIn(this.#fields, name)
  }

  fields(): readonly string[] {
    return this.#fields
  }
}

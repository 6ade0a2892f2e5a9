import { type Exchange, Head, pluginFailed, type Sink } from 'gateway/plugin'
import type { Answer } from '../../../sandbox/host/answer.ts'
import type { MessageBody } from '../../../sandbox/host/message-view.ts'
import type { AnswerSink, ScriptError } from '../../../sandbox/host/run-events.ts'

/** Fields that are the connection's, not the script's (RFC 9110, section 7.6.1). */
export const CONNECTION_FIELDS: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** Where an answer goes. */
export interface Outlet {
  /** Whether nobody waits for it any more. */
  readonly gone: boolean
  /** Sends a head; the body is poured into the sink. */
  open(head: Head): Sink
  /** Sends a whole answer. */
  respond(head: Head, body: string | Uint8Array): 'done' | Promise<'done'>
}

/** The client's end of an exchange that was not answered yet. */
export function outletOf(x: Exchange): Outlet {
  return new ClientOutlet(x)
}

/**
 * A class, for an object literal with a getter has a hidden class of its own, which keeps the whole
 * exchange until the next full collection.
 */
class ClientOutlet implements Outlet {
  readonly #x: Exchange

  constructor(x: Exchange) {
    this.#x = x
  }

  get gone(): boolean {
    return this.#x.aborted
  }

  open(head: Head): Sink {
    return this.#x.send(head)
  }

  respond(head: Head, body: string | Uint8Array): 'done' | Promise<'done'> {
    return this.#x.respond(head, body)
  }
}

/**
 * A script's answer on its way out. It is sent when the guest's turn is over: sending it may end
 * with the connection's next request, which may run a script, too.
 */
export class AnswerSender implements AnswerSink {
  readonly #outlet: Outlet
  readonly #answer: Answer
  readonly #tell: (why: string) => void
  #sent: 'done' | Promise<'done'> | undefined
  #sink: Sink | undefined
  /** What was written before the head was sent, and who waits for that. */
  #early: Uint8Array[] = []
  #opened: (() => void) | undefined
  #over: 'no' | 'yes' | ScriptError = 'no'
  #poured: Promise<void> | undefined

  /** `tell` is told why an answer broke: a text of the script's, perhaps. */
  constructor(outlet: Outlet, answer: Answer, tell: (why: string) => void) {
    this.#outlet = outlet
    this.#answer = answer
    this.#tell = tell
  }

  /** Whether the head is on its way. */
  get begun(): boolean {
    return this.#sent !== undefined
  }

  /** Of an answer whose body comes from elsewhere: settles when all of it was read. */
  get poured(): Promise<void> | undefined {
    return this.#poured
  }

  /** Sends the answer, once. */
  send(): 'done' | Promise<'done'> {
    this.#sent ??= this.#outlet.gone ? 'done' : this.#send()
    return this.#sent
  }

  write(bytes: Uint8Array): void | Promise<void> {
    if (this.#sink) return this.#sink.data(bytes)
    this.#early.push(bytes)
    return new Promise((resolve) => {
      this.#opened = resolve
    })
  }

  end(): void {
    this.#over = 'yes'
    if (this.#sink) void this.#sink.end()
  }

  fail(error: ScriptError): void {
    this.#over = error
    if (this.#sink) this.#broke(`${error.name}: ${error.message}`)
  }

  /** What was sent is all there is, and the client shall see that something is missing. */
  breakOff(): void {
    this.#sink?.fail(pluginFailed('script', 'its answer broke off'))
    this.#sink = undefined
  }

  #broke(why: string): void {
    this.#tell(why)
    this.breakOff()
  }

  #send(): 'done' | Promise<'done'> {
    const { body } = this.#answer
    const head = headOf(this.#answer)
    if (body !== 'streamed' && !isPoured(body)) {
      head.length = undefined
      return this.#outlet.respond(head, body ?? '')
    }
    this.#sink = this.#outlet.open(head)
    if (isPoured(body)) this.#poured = this.#pour(body, this.#sink)
    else void this.#flush(this.#sink)
    return 'done'
  }

  async #flush(sink: Sink): Promise<void> {
    for (const chunk of this.#early) await sink.data(chunk)
    this.#early = []
    if (this.#over === 'yes') await sink.end()
    else if (this.#over !== 'no') this.fail(this.#over)
    this.#opened?.()
  }

  async #pour(body: MessageBody, sink: Sink): Promise<void> {
    try {
      await pourBody(body, sink)
    } catch (error) {
      this.#broke(error instanceof Error ? error.message : String(error))
    }
  }
}

/** Pours all of a body, as fast as the sink takes it, and ends it. */
export async function pourBody(body: MessageBody, sink: Pick<Sink, 'data' | 'end'>): Promise<void> {
  for (let chunk = await body.read(); chunk; chunk = await body.read()) await sink.data(chunk)
  await sink.end()
}

/** Whether a body comes chunk by chunk. */
function isPoured(body: Answer['body']): body is MessageBody {
  return typeof body === 'object' && 'read' in body
}

function headOf({ fields, status }: Answer): Head {
  const head = new Head(status)
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i] as string
    const value = fields[i + 1] as string
    if (name === 'content-type') head.type = value
    else if (name === 'content-length') head.length = lengthOf(value)
    else if (!CONNECTION_FIELDS.has(name)) head.fields.add(name, value)
  }
  return head
}

function lengthOf(value: string): number | undefined {
  return /^\d{1,15}$/.test(value) ? Number(value) : undefined
}

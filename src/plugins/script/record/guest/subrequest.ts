import { Fields, type Head, type Sink, type SubrequestOptions } from 'gateway/plugin'
import { RecordOp } from '../../../../../sandbox/border/ops.ts'
import { headOf } from '../head-text.ts'
import { askLater } from './channel.ts'
import { notPortable } from './not-portable.ts'

const LINE_FEED = 10

interface Answer {
  readonly head: Head | undefined
  readonly body: Uint8Array
}

/** A request made inside the gateway; as natively, but its answer comes whole. */
export class GuestSubrequest {
  readonly x: { head: Head | undefined } = { head: undefined }
  readonly answered: Promise<Head | undefined>
  readonly #answer: Promise<Answer>

  constructor(to: unknown, { body, method = 'GET' }: SubrequestOptions) {
    if (typeof to !== 'string') throw notPortable('a target in parts', 'write path and query')
    if (body !== undefined) throw notPortable('the body of a subrequest', 'it has none')
    this.#answer = askLater<Uint8Array>(RecordOp.subrequest, to, method).then(answerIn)
    this.answered = this.#answer.then(({ head }) => {
      this.x.head = head
      return head
    })
  }

  async pour(into?: Pick<Sink, 'data'>): Promise<undefined> {
    const { body } = await this.#answer
    if (body.length > 0) await into?.data(body)
  }

  async dismiss(): Promise<void> {
    await this.#answer
  }
}

function answerIn(bytes: Uint8Array): Answer {
  const end = bytes.indexOf(LINE_FEED)
  const text = new TextDecoder().decode(bytes.subarray(0, end))
  const head = text === '' ? undefined : headOf(text, (list) => new Fields(list))
  return { head, body: bytes.subarray(end + 1) }
}

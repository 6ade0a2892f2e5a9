import type { GatewayError, Head, Sink } from 'gateway/plugin'
import { RecordOp } from '../../../../../sandbox/border/ops.ts'
import { headText } from '../head-text.ts'
import { ask, askLater } from './channel.ts'

/** Where a record pours a response: behind its filter, or to the client. */
export class Outlet implements Sink {
  #head: Head | undefined

  head(head: Head): void {
    this.#head = head
    ask(RecordOp.open, headText(head))
  }

  data(chunk: Uint8Array): Promise<void> {
    return askLater<undefined>(RecordOp.write, chunk)
  }

  end(): void {
    const trailers = this.#head?.trailers
    ask(RecordOp.end, trailers && JSON.stringify(trailers.list))
  }

  fail(error: GatewayError): void {
    ask(RecordOp.break, String(error?.message))
  }
}

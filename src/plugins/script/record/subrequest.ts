import type { Exchange } from 'gateway/plugin'
import { refusal } from '../../../../sandbox/border/refusal.ts'
import { headText } from './head-text.ts'

/** A request that a record makes inside the gateway, on behalf of its exchange. */
export interface RecordSubrequest {
  /** Path and query. */
  readonly target: string
  readonly method: string
}

/** What an answer's head is parted from its body with: there is none in JSON. */
const PART = '\n'

/**
 * Makes a subrequest and takes its answer whole: the head as text (empty where there is none), a line
 * feed, and the body, of `most` bytes at most.
 */
export async function subrequested(
  x: Exchange,
  { method, target }: RecordSubrequest,
  most: number,
): Promise<Uint8Array> {
  // The guest's turn ends first: whoever answers may run a record as well, and not in this one's.
  await undefined
  const made = x.subrequest(target, { method })
  const head = await made.answered
  const chunks: Uint8Array[] = [Buffer.from(head ? `${headText(head)}${PART}` : PART)]
  let left = most
  const error = await made.pour({
    data: (chunk) => {
      left -= chunk.length
      if (left < 0) made.breakOff()
      else chunks.push(Buffer.from(chunk))
    },
  })
  if (left < 0) throw refusal('RangeError', `subrequest: the answer has more than ${most} bytes`)
  if (error) throw refusal('TypeError', 'subrequest: the answer broke off')
  return Buffer.concat(chunks)
}

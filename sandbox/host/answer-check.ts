import type { Crossing } from '../border/crossing.ts'
import { LINE } from '../border/lines.ts'
import type { AnswerLimits } from './answer.ts'
import { badHeader, badStatus, headersExceeded, responseBodyExceeded } from './answer-error.ts'
import type { MessageBody } from './message-view.ts'

const NAME = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/
/** What would end a field early, and what is no byte (RFC 9110, section 5.5). */
const FORBIDDEN = /[\0\r\n\u0100-\uffff]/

/** The status of an answer: a final one. */
export function checkStatus(status: Crossing): number {
  if (typeof status !== 'number' || !(status >= 200 && status <= 599) || status % 1 !== 0) {
    throw badStatus(status)
  }
  return status
}

/** What was checked last: most answers of a script have the fields of the one before. */
let known: { lines: string; limits: AnswerLimits | undefined; fields: readonly string[] } = {
  lines: '',
  limits: undefined,
  fields: [],
}

/** The fields of an answer: name, value, name, value…. */
export function checkLines(lines: Crossing, limits: AnswerLimits): readonly string[] {
  if (lines === '') return []
  if (typeof lines !== 'string') throw badHeader(typeof lines)
  if (lines === known.lines && limits === known.limits) return known.fields
  if (lines.length > limits.headerBytes) throw headersExceeded('bytes', limits.headerBytes)
  const fields = lines.split(LINE)
  if (fields.length % 2 !== 0) throw badHeader(fields.at(-1))
  if (fields.length > 2 * limits.headerCount) throw headersExceeded('lines', limits.headerCount)
  for (let i = 0; i < fields.length; i += 2)
    checkField(fields[i] as string, fields[i + 1] as string)
  known = { lines, limits, fields }
  return fields
}

/** Counts the bytes of a body as they come. */
export class BodyCount {
  readonly #limit: number
  #bytes = 0

  constructor(limits: AnswerLimits) {
    this.#limit = limits.responseBody
  }

  add(bytes: number): void {
    this.#bytes += bytes
    if (this.#bytes > this.#limit) throw responseBodyExceeded(this.#limit)
  }

  /** A body that is counted as it is read. */
  of(body: MessageBody | undefined): MessageBody | undefined {
    if (body === undefined) return undefined
    const counted = (chunk: Uint8Array | undefined) => {
      this.add(chunk?.length ?? 0)
      return chunk
    }
    return {
      read: () => {
        const chunk = body.read()
        return chunk instanceof Promise ? chunk.then(counted) : counted(chunk)
      },
      cancel: () => body.cancel(),
    }
  }
}

function checkField(name: string, value: string): void {
  if (!NAME.test(name) || FORBIDDEN.test(value)) throw badHeader(name)
}

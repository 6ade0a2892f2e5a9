import { STREAMED } from '../border/messages.ts'
import { BodyOp, Op } from '../border/ops.ts'
import { takeBody } from './body.ts'
import { originOf } from './body-stream.ts'
import { bytesOf } from './bytes.ts'
import { host } from './host.ts'
import { describe } from './report.ts'
import { fieldsOf, type Response, statusOf } from './response.ts'
import { isReadable, type ReadableStream } from './streams.ts'
import { later } from './tickets.ts'

/** Gives the answer to the host: one op, unless its body is the script's own stream. */
export function answer(response: Response): void {
  const source = takeBody(response)
  if (typeof source === 'string' || !isReadable(source)) {
    host(Op.out, statusOf(response), fieldsOf(response), source)
    return
  }
  const origin = originOf(source)
  host(Op.out, statusOf(response), fieldsOf(response), origin ?? STREAMED)
  if (origin === undefined) void pour(source)
}

/** Writes a stream out as fast as the client takes it. */
async function pour(stream: ReadableStream): Promise<void> {
  const reader = stream.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) break
      const waits = host(BodyOp.write, bytesOf(value))
      if (waits !== undefined) await later(waits)
    }
    host(BodyOp.end)
  } catch (error) {
    const { name, message, stack } = describe(error)
    host(BodyOp.fail, name, message, stack)
    await reader.cancel(error).catch(() => undefined)
  }
}

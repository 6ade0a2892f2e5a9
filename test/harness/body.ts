import type { ByteQueue } from './byte-queue.ts'
import { type Framing, MessageError, parseHead } from './message.ts'

/** What a body reader is told besides the bytes. */
export interface BodyOptions {
  /** Gets each piece instead of having them collected, for bodies too large to hold. */
  readonly onData?: (piece: Buffer) => void
}

/** Reads a body to its end by its framing; strict about every octet of chunked. */
export async function readBody(
  queue: ByteQueue,
  framing: Framing,
  options: BodyOptions = {},
): Promise<Buffer> {
  const pieces: Buffer[] = []
  const onData = options.onData ?? ((piece) => pieces.push(piece))
  switch (framing.kind) {
    case 'none':
      break
    case 'length':
      await pour(queue, framing.length, onData)
      break
    case 'chunked':
      await pourChunks(queue, onData)
      break
    case 'close':
      while (queue.size > 0 || (await queue.more())) onData(queue.drain())
      if (queue.failure !== undefined) throw queue.failure
      break
  }
  return Buffer.concat(pieces)
}

async function pour(queue: ByteQueue, length: number, onData: (piece: Buffer) => void) {
  let left = length
  while (left > 0) {
    // A piece at a time, so that a body of any size is read in constant memory.
    const piece = await queue.take(Math.min(left, Math.max(queue.size, 1)))
    left -= piece.length
    onData(piece)
  }
}

async function pourChunks(queue: ByteQueue, onData: (piece: Buffer) => void) {
  for (;;) {
    const line = (await queue.until('\r\n')).toString('latin1', 0)
    const size = /^([0-9A-Fa-f]{1,12})(?:;[\t -~]*)?\r\n$/.exec(line)?.[1]
    if (size === undefined) throw new MessageError(`chunk size line ${JSON.stringify(line)}`)
    const length = Number.parseInt(size, 16)
    if (length === 0) break
    await pour(queue, length, onData)
    const end = await queue.take(2)
    if (end.toString('latin1') !== '\r\n') {
      throw new MessageError(`${JSON.stringify(end.toString('latin1'))} after a chunk`)
    }
  }
  await readTrailers(queue)
}

async function readTrailers(queue: ByteQueue): Promise<void> {
  let lines = ''
  for (;;) {
    const line = (await queue.until('\r\n')).toString('latin1')
    lines += line
    if (line === '\r\n') break
  }
  if (lines !== '\r\n') parseHead(Buffer.from(`trailers\r\n${lines}`, 'latin1'))
}

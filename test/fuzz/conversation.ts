import { ByteQueue } from '../harness/byte-queue.ts'
import type { HeaderLines } from '../harness/message.ts'
import { RawClient } from '../harness/raw-client.ts'
import { type Response, readResponse } from '../harness/response.ts'
import type { Input } from './generators.ts'

/** How long the gateway may be silent before the client says that nothing follows, in ms. */
const QUIET = 20
/** How long the gateway may take to close after that. */
const PATIENCE = 8000

/** Sends an input on a connection of its own and reads until the gateway has closed it. */
export async function converse(port: number, input: Input): Promise<Buffer> {
  const client = await RawClient.open(port)
  try {
    for (const piece of pieces(input)) {
      await client.send(piece)
      await new Promise((resolve) => setImmediate(resolve))
    }
    while (await somethingComes(client));
    client.halfClose()
    // A reset after an answer is as good an end as any for a client that sent rubbish.
    await client.ending(PATIENCE)
    return client.incoming.drain()
  } finally {
    client.destroy()
  }
}

function pieces({ bytes, cuts }: Input): string[] {
  const at = [0, ...cuts.map((cut) => Math.floor(cut * bytes.length)), bytes.length]
  at.sort((a, b) => a - b)
  return at
    .slice(1)
    .map((end, i) => bytes.slice(at[i], end))
    .filter((piece) => piece !== '')
}

async function somethingComes(client: RawClient): Promise<boolean> {
  try {
    return await client.incoming.more(QUIET)
  } catch {
    return false
  }
}

/** Parses all that came on one connection; throws when any octet is out of place. */
export async function parseAnswers(bytes: Buffer): Promise<Response[]> {
  const queue = new ByteQueue()
  queue.push(bytes)
  queue.finish()
  const answers: Response[] = []
  while (queue.size > 0) {
    if (answers.at(-1)?.headers.all('connection').includes('close')) {
      throw new Error('something follows an answer with Connection: close')
    }
    // An answer to HTTP/0.9 is a body alone, and the last thing on its connection.
    if (!queue.peek().toString('latin1', 0, 5).startsWith('HTTP/')) {
      checkBare(queue.drain().toString('latin1'))
      break
    }
    answers.push(await readResponse(queue, { method: methodOf }))
  }
  return answers
}

/** The gateway is configured to tell the method it understood. */
function methodOf(headers: HeaderLines): string {
  return headers.get('x-method') ?? 'GET'
}

function checkBare(text: string): void {
  if (text !== 'ok' && !/^(origin|file|<html>)/.test(text)) {
    throw new Error(`not the body of any answer: ${JSON.stringify(text.slice(0, 200))}`)
  }
}

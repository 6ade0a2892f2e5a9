import { Buffer } from 'node:buffer'
import { once } from 'node:events'
import http from 'node:http'

/** How long a responder may take, in milliseconds, and how much it may answer, in bytes. */
const PATIENCE = 10_000
const LONGEST = 65_536

/** Asks a responder over HTTP (RFC 6960, appendix A). Rejects with what went wrong. */
export async function askResponder(url: string, question: Buffer): Promise<Buffer> {
  const request = http.request(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/ocsp-request', 'Content-Length': question.length },
    signal: AbortSignal.timeout(PATIENCE),
    agent: false,
  })
  request.end(question)
  const [response] = (await once(request, 'response')) as [http.IncomingMessage]
  if (response.statusCode !== 200) {
    response.destroy()
    throw new Error(`the responder answers with status ${response.statusCode}`)
  }
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > LONGEST) throw new Error(`the responder answers more than ${LONGEST} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

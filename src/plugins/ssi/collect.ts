import { Buffer } from 'node:buffer'
import type { Subrequest } from 'gateway/plugin'

/** The body of an answer as a byte string; undefined for a failure, no body, or too much of one. */
export async function collect(asked: Subrequest, most: number): Promise<string | undefined> {
  const chunks: Uint8Array[] = []
  let size = 0
  const error = await asked.pour({
    data: (chunk) => {
      size += chunk.length
      if (size > most) asked.breakOff()
      else chunks.push(Buffer.from(chunk))
    },
  })
  const { x } = asked
  if (size > most) x.log('error', `too big subrequest response: more than ${most} bytes`)
  const status = x.errorStatus || (x.head?.status ?? 0)
  if (error || size === 0 || size > most || status < 200 || status >= 300) return undefined
  return Buffer.concat(chunks).toString('latin1')
}

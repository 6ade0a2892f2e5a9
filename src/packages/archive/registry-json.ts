import { LIMITS, megabytes } from '../limits.ts'

/** The URL of a registry; npm's own where it is undefined. */
export type Registry = string | undefined

/** Asks a registry for JSON, which may be anything. Throws where it does not answer, or too much. */
export async function readFromRegistry(
  path: string,
  registry: Registry,
  body?: object,
): Promise<unknown> {
  const { default: fetch } = await import('npm-registry-fetch')
  const { body: stream } = await fetch(path, {
    ...(registry === undefined ? {} : { registry }),
    ...(body && { method: 'POST', gzip: true, body }),
    timeout: LIMITS.fetch,
    fetchRetries: 1,
    fetchRetryMintimeout: 500,
  })
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of stream) {
    size += chunk.length
    if (size > LIMITS.answered) throw new Error(`more than ${megabytes(LIMITS.answered)}`)
    chunks.push(chunk)
  }
  return JSON.parse(Buffer.concat(chunks).toString())
}

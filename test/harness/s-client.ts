import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** What `openssl s_client` prints of a connection to 127.0.0.1, having sent a text; ends by itself. */
export async function sClient(
  port: number,
  words: readonly string[],
  text = '',
): Promise<{ readonly output: string; readonly code: number | null }> {
  const where = ['-connect', `127.0.0.1:${port}`]
  // With -ign_eof it waits for the other side to end.
  const child = spawn('openssl', ['s_client', ...where, ...(text ? ['-ign_eof'] : []), ...words])
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (each) => (output += each))
  child.stdin.on('error', () => {})
  child.stdin.end(text)
  const [code] = (await once(child, 'close')) as [number | null]
  return { output, code }
}

import type { OriginScript } from '../harness/origin.ts'
import { RawClient, request } from '../harness/raw-client.ts'

/** When a request breaks off; the last is the peer's doing. */
const MOMENTS = [
  'before the answer',
  'in the middle of the head',
  'in the middle of a download',
  'in the middle of an upload',
  'between two pipelined requests',
  'in the middle of a file',
  'in the middle of parts of a file',
  'in the middle of compressing a file',
  'in the middle of compressing a download',
  'when the peer resets in the middle',
] as const
type Moment = (typeof MOMENTS)[number]

const ENDLESS = Buffer.alloc(65_536, 'z')

/** A file of the workspace that is too large for any socket's buffers. */
export const ABORT_FILES = { 'files/large/page.html': Buffer.alloc(8_000_000, 'page ') }

/** The locations the aborted requests ask; `upstream` is the address of an `abortOrigin`. */
export const abortLocations = (upstream: string) => `
        /hostile/: { proxy_pass: http://${upstream}/, error_log: /dev/null }
        /squeezed/: { proxy_pass: http://${upstream}/, gzip: on, error_log: /dev/null }
        /large/: { root: %%DIR%%/files, gzip: on }
`

/** The origin the aborted requests ask: it holds its answer, pours without end, or resets. */
export const abortOrigin: OriginScript = async (peer) => {
  for (;;) {
    const head = await peer.requestHead()
    if (head === undefined) return
    if (head.target.startsWith('/hold')) return void (await peer.ending(600_000))
    if (head.target.startsWith('/upload')) return void (await peer.ending(600_000))
    if (head.target.startsWith('/quick')) {
      await peer.answer('quick')
      continue
    }
    await peer.send(
      'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 1000000000\r\n\r\n',
    )
    if (head.target.startsWith('/reset')) {
      await peer.send(ENDLESS)
      return peer.reset()
    }
    while (peer.socket.writable) await peer.send(ENDLESS)
    return
  }
}

/** Starts `count` requests and breaks each off, half of them with a reset. */
export async function abortRequests(
  port: number,
  count: number,
  connections: number,
): Promise<void> {
  let started = 0
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (started < count) {
        const number = started++
        const client = await RawClient.open(port)
        await breakOff(client, MOMENTS[number % MOMENTS.length] as Moment)
        if (number % 4 < 2) client.reset()
        else client.destroy()
      }
    }),
  )
}

async function breakOff(client: RawClient, moment: Moment): Promise<void> {
  switch (moment) {
    case 'before the answer':
      return client.send(request('GET /hostile/hold'))
    case 'in the middle of the head':
      return client.send('GET /hostile/hold HTTP/1.1\r\nHost: x\r\nX-Half: ')
    case 'in the middle of a download':
      return beginning(client, request('GET /hostile/endless'))
    case 'in the middle of an upload':
      await client.send(request('POST /hostile/upload', { 'Content-Length': '100000' }))
      return client.send('half of it')
    case 'between two pipelined requests':
      await client.send(request('GET /hostile/quick') + request('GET /hostile/endless'))
      return void (await client.response())
    case 'in the middle of a file':
      return beginning(client, request('GET /large/page.html'))
    case 'in the middle of parts of a file':
      return beginning(
        client,
        request('GET /large/page.html', { Range: 'bytes=0-3000000,4000000-' }),
      )
    case 'in the middle of compressing a file':
      return beginning(client, request('GET /large/page.html', { 'Accept-Encoding': 'gzip' }))
    case 'in the middle of compressing a download':
      return beginning(client, request('GET /squeezed/endless', { 'Accept-Encoding': 'gzip' }))
    case 'when the peer resets in the middle':
      await client.send(request('GET /hostile/reset'))
      return void (await client.ending())
  }
}

/** Waits until the answer has begun, and reads no more of it. */
async function beginning(client: RawClient, bytes: string): Promise<void> {
  await client.send(bytes)
  await client.incoming.more()
}

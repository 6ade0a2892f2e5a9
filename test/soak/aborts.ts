import type { OriginScript } from '../harness/origin.ts'
import { RawClient, request } from '../harness/raw-client.ts'

/** When a request breaks off; the last is the peer's doing. */
const MOMENTS = [
  'before the answer',
  'in the middle of the head',
  'in the middle of a download',
  'in the middle of an upload',
  'between two pipelined requests',
  'when the peer resets in the middle',
] as const
type Moment = (typeof MOMENTS)[number]

const ENDLESS = Buffer.alloc(65_536, 'z')

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
    await peer.send('HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n')
    if (head.target.startsWith('/reset')) {
      await peer.send(ENDLESS)
      return peer.reset()
    }
    while (peer.socket.writable) await peer.send(ENDLESS)
    return
  }
}

/** Starts `count` requests below `prefix` and breaks each off, half of them with a reset. */
export async function abortRequests(
  port: number,
  prefix: string,
  count: number,
  connections: number,
): Promise<void> {
  let started = 0
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (started < count) {
        const number = started++
        const client = await RawClient.open(port)
        await breakOff(client, prefix, MOMENTS[number % MOMENTS.length] as Moment)
        if (number % 4 < 2) client.reset()
        else client.destroy()
      }
    }),
  )
}

async function breakOff(client: RawClient, prefix: string, moment: Moment): Promise<void> {
  switch (moment) {
    case 'before the answer':
      return client.send(request(`GET ${prefix}/hold`))
    case 'in the middle of the head':
      return client.send(`GET ${prefix}/hold HTTP/1.1\r\nHost: x\r\nX-Half: `)
    case 'in the middle of a download':
      await client.send(request(`GET ${prefix}/endless`))
      return void (await client.incoming.more())
    case 'in the middle of an upload':
      await client.send(request(`POST ${prefix}/upload`, { 'Content-Length': '100000' }))
      return client.send('half of it')
    case 'between two pipelined requests':
      await client.send(request(`GET ${prefix}/quick`) + request(`GET ${prefix}/endless`))
      return void (await client.response())
    case 'when the peer resets in the middle':
      await client.send(request(`GET ${prefix}/reset`))
      return void (await client.ending())
  }
}

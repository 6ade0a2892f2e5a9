import { type Origin, type OriginPeer, type OriginScript, origin } from '../harness/origin.ts'
import type { Request } from '../harness/request.ts'

/** Ids that peers have got in requests with a body, and how often. */
export type Arrivals = Map<string, number>

/** How a peer may behave with one request, before any of its answer could be used. */
export const FAULTS = [
  'resets on accept',
  'resets',
  'hangs',
  'says garbage',
  'uses both framings',
  'half-closes',
  'closes',
  'has a head without end',
  'contradicts its length',
] as const
type Fault = (typeof FAULTS)[number]

const BAD: Readonly<Partial<Record<Fault, string>>> = {
  'says garbage': '\x00\xffgarbage\r\n\r\nmore garbage\r\n',
  'uses both framings':
    'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nwrong\r\n0\r\n\r\n',
  'has a head without end': `HTTP/1.1 200 OK\r\nX-Long: ${'wrong'.repeat(4000)}`,
  'contradicts its length':
    'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nwrong!',
}

/** A peer that answers everything well; some bodies are long, some chunked, some end it. */
export function goodPeer(arrivals: Arrivals): Promise<Origin> {
  return origin(serveWell(arrivals))
}

/** A peer that answers some requests well and spoils the others, now this way, now that. */
export function flappingPeer(arrivals: Arrivals, random: () => number): Promise<Origin> {
  const well = serveWell(arrivals)
  return origin(async (peer) => {
    if (random() < 0.3) return well(peer)
    const fault = FAULTS[Math.floor(random() * FAULTS.length)] as Fault
    if (fault === 'resets on accept') return peer.reset()
    const request = await peer.request()
    if (request === undefined) return
    arrived(arrivals, request)
    const bytes = BAD[fault]
    if (bytes !== undefined) await peer.send(bytes)
    else if (fault === 'resets') return peer.reset()
    else if (fault === 'closes') return
    else if (fault === 'half-closes') peer.halfClose()
    await peer.ending(120_000)
  })
}

const UNASKED = 'HTTP/1.1 200 OK\r\nX-Id: unasked\r\nContent-Length: 7\r\n\r\nunasked'

/** A peer whose answers are right but come before the body, or with more behind them. */
export function hastyPeer(arrivals: Arrivals): Promise<Origin> {
  return origin(async (peer) => {
    for (;;) {
      const head = await peer.requestHead()
      if (head === undefined) return
      arrived(arrivals, head)
      const id = head.headers.get('x-id') ?? ''
      const body = `${id} hasty`
      const answer = `HTTP/1.1 200 OK\r\nX-Id: ${id}\r\nContent-Length: ${body.length}\r\n\r\n${body}`
      // At once: what comes after the connection was given to another request is its answer, as far
      // as anyone can tell.
      await peer.send(peer.number % 2 === 0 ? answer + UNASKED : answer)
      if (head.headers.has('content-length')) return void (await peer.ending(120_000))
    }
  })
}

function serveWell(arrivals: Arrivals): OriginScript {
  return async (peer) => {
    for (;;) {
      const request = await peer.request()
      if (request === undefined) return
      arrived(arrivals, request)
      if (!(await answerWell(peer, request.headers.get('x-id') ?? ''))) return
    }
  }
}

/** Whether the connection can be used again. */
async function answerWell(peer: OriginPeer, id: string): Promise<boolean> {
  const number = Number(id)
  const body = `${id} ${`${id},`.repeat(number % 7 === 0 ? 20_000 : number % 50)}`
  switch (number % 4) {
    case 0: {
      const half = body.length >> 1
      const chunks = [body.slice(0, half), body.slice(half)].filter((each) => each !== '')
      const lines = chunks.map((each) => `${each.length.toString(16)}\r\n${each}\r\n`)
      await peer.send(
        `HTTP/1.1 200 OK\r\nX-Id: ${id}\r\nTransfer-Encoding: chunked\r\n\r\n${lines.join('')}0\r\n\r\n`,
      )
      return true
    }
    case 1:
      await peer.send(`HTTP/1.1 200 OK\r\nX-Id: ${id}\r\nConnection: close\r\n\r\n${body}`)
      return false
    default:
      await peer.answer(body, `X-Id: ${id}\r\n`)
      return true
  }
}

function arrived(arrivals: Arrivals, { method, headers }: Pick<Request, 'method' | 'headers'>) {
  const key = `${method} ${headers.get('x-id')}`
  arrivals.set(key, (arrivals.get(key) ?? 0) + 1)
}

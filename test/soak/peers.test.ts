import { expect, test } from 'vitest'
import { RawClient, request } from '../harness/raw-client.ts'
import type { Response } from '../harness/response.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { type Arrivals, flappingPeer, goodPeer, hastyPeer } from './flapping-peers.ts'
import { randomNumbers } from './random.ts'
import { PATIENCE, scale } from './scale.ts'

const REQUESTS = scale(6000, 300_000)
const CONNECTIONS = 16

test(
  `good peers answer ${REQUESTS} requests while others reset, hang, lie and flap`,
  async () => {
    const arrivals: Arrivals = new Map()
    const random = randomNumbers(20_261_121)
    const good = [await goodPeer(arrivals), await goodPeer(arrivals)]
    const bad = [await flappingPeer(arrivals, random), await flappingPeer(arrivals, random)]
    const hasty = await hastyPeer(arrivals)
    const gateway = await startGateway({
      yaml: `
events: { worker_connections: 2048 }
http:
  upstream:
    peers:
      keepalive: 8
      server:
${[...good, ...bad, hasty].map(({ address }) => `        - ${address} max_fails=3 fail_timeout=100ms`).join('\n')}
  proxy_next_upstream: error timeout invalid_header
  proxy_read_timeout: 300ms
  server:
    - listen: 127.0.0.1:%%PORT%%
      location: { /: { proxy_pass: http://peers } }
`,
      // What bad peers do is told.
      expected: ['upstream'],
    })
    const { complaints, answered } = await visit(gateway.port())
    expect(complaints).toEqual([])
    const twice = [...arrivals].filter(([key, times]) => key.startsWith('POST') && times > 1)
    expect(twice).toEqual([])
    expect(answered.GET).toBe(Math.ceil((REQUESTS * 3) / 4))
    // Most of those that must not be sent again met a good peer at once.
    expect(answered.POST).toBeGreaterThan(REQUESTS / 4 / 4)
    for (const each of good) expect(each.errors).toEqual([])
    expect(gateway.workers()).toHaveLength(1)
  },
  PATIENCE,
)

/** Three GETs and a POST in turn, each with an id that head and body of its answer must hold. */
async function visit(port: number) {
  const complaints: string[] = []
  const answered = { GET: 0, POST: 0 }
  let ids = 0
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      while (ids < REQUESTS && complaints.length < 20) {
        const client = await RawClient.open(port)
        for (let i = 0; i < 30 && ids < REQUESTS && !client.incoming.over; i++) {
          const id = ids++
          const method = id % 4 === 3 ? 'POST' : 'GET'
          const body = method === 'POST' ? 'p'.repeat(1 + (id % 2) * 40_000) : ''
          try {
            await client.send(request(`${method} /${id}`, { 'X-Id': String(id) }, body))
            const response = await client.response()
            const wrong = faultOf(response, id, method)
            if (wrong !== undefined) complaints.push(`${method} ${id}: ${wrong}`)
            else if (response.status === 200) answered[method]++
          } catch (error) {
            complaints.push(`${method} ${id}: ${error}`)
            break
          }
        }
        client.destroy()
      }
    }),
  )
  return { complaints, answered }
}

function faultOf(response: Response, id: number, method: string): string | undefined {
  const { status, headers, text } = response
  if (status !== 200) {
    // What may have reached a peer must not be asked of another.
    return method === 'POST' && (status === 502 || status === 504) ? undefined : `${status}`
  }
  if (headers.get('x-id') !== String(id)) return `head of ${headers.get('x-id')}`
  const [first, rest = ''] = text.split(' ')
  const own = first === String(id) && (rest === 'hasty' || rest.replaceAll(`${id},`, '') === '')
  return own ? undefined : `body ${text.slice(0, 60)}`
}

import { beforeAll, describe, expect, test } from 'vitest'
import { closeBeforeHead } from '../harness/faults.ts'
import type { Gateway } from '../harness/gateway.ts'
import { httpOrigin } from '../harness/http-origin.ts'
import { origin } from '../harness/origin.ts'
import { connect, GET, get, once, request } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'

const CHOOSES = `
interface Peer { name: string; address: string; weight: number; active: number; backup: boolean; up: boolean }
const ways: Record<string, (peers: Peer[], request: Request) => unknown> = {
  header: (peers, request) => peers[Number(request.headers.get('x-peer'))]?.address,
  peer: (peers, request) => peers[Number(request.headers.get('x-peer'))],
  later: async (peers) => { await new Promise((resolve) => setTimeout(resolve, 5)); return peers[2]?.address },
  nothing: () => undefined,
  tell: (peers) => { console.warn('peers', JSON.stringify(peers)); return peers[0]?.address },
  next: (peers) => (peers.find(({ up }) => up) ?? peers[0])?.address,
  stranger: () => '127.0.0.1:1',
  number: () => 7,
  throws: () => { throw new Error('no idea') },
  spins: () => { for (;;); },
  body: (peers, request) => request.text(),
}
export default {
  balance: (peers: Peer[], request: Request) => ways[new URL(request.url).pathname.split('/').at(-1)!]?.(peers, request),
}
`

const OUTER = `
export default {
  async fetch(request: Request, env: unknown, ctx: any) {
    const inner = await ctx.next()
    return new Response('<' + inner.status + ' ' + inner.headers.get('gateway-error') + ' ' + (await inner.text()) + '>')
  },
  balance: (peers: { address: string }[], request: Request) => {
    if (request.url.endsWith('/throws')) throw new Error('no')
    return peers[2]?.address
  },
}
`

let gateway: Gateway
let port: number
let addresses: string[]

beforeAll(async () => {
  const origins = await Promise.all([1, 2, 3].map((n) => httpOrigin(() => ({ body: `${n}` }))))
  const bad = await origin(closeBeforeHead)
  addresses = origins.map(({ address }) => address)
  const [a, b, c] = addresses
  gateway = await startGateway({
    files: { 'chooses.ts': CHOOSES, 'outer.ts': OUTER },
    yaml: `
worker_processes: 1
http:
  upstream:
    group: { server: ["${a} weight=5", "${b} down", "${c}"] }
    shaky: { server: ["${bad.address} max_fails=0", "${c} backup"] }
    alone: { server: "${a}" }
  server:
    - listen: 127.0.0.1:%%PORT%%
      proxy_next_upstream: error
      location:
        /: { script: chooses.ts, proxy_pass: http://group }
        /open/: { script: { file: chooses.ts, on_error: open }, proxy_pass: http://group }
        /plain: { proxy_pass: http://group }
        /shaky/: { script: chooses.ts, proxy_pass: http://shaky }
        /alone/: { script: chooses.ts, proxy_pass: http://alone }
        /outer/: { script: outer.ts, proxy_pass: http://group }
`,
    expected: ['script "', 'prematurely closed'],
  })
  port = gateway.port()
}, 60_000)

async function outcome(path: string, headers = {}): Promise<unknown[]> {
  const answer = await get(port, path, headers)
  return [answer.status, answer.headers.get('gateway-error') ?? answer.text]
}

describe('a balance hook', () => {
  test('chooses the peer by its address, or by itself', async () => {
    expect((await get(port, '/header', { 'x-peer': '0' })).text).toBe('1')
    expect((await get(port, '/header', { 'x-peer': '2' })).text).toBe('3')
    expect((await get(port, '/peer', { 'x-peer': '2' })).text).toBe('3')
    expect((await get(port, '/later')).text).toBe('3')
  })

  test('is shown who there is, and who is up', async () => {
    await get(port, '/tell')
    const line = await gateway.logged(/peers \[/)
    const peers = JSON.parse(line.slice(line.indexOf('['.concat('{')), line.lastIndexOf(']') + 1))
    const [a, b, c] = addresses
    expect(peers).toEqual([
      { name: a, address: a, weight: 5, active: 0, backup: false, up: true },
      { name: b, address: b, weight: 1, active: 0, backup: false, up: false },
      { name: c, address: c, weight: 1, active: 0, backup: false, up: true },
    ])
  })

  test('leaves the choice to the balancer of the upstream, where it makes none it can make', async () => {
    expect('13').toContain((await get(port, '/nothing')).text)
    // The second one is down.
    expect('13').toContain((await get(port, '/header', { 'x-peer': '1' })).text)
  })

  test('counts in its location only', async () => {
    const client = await connect(port)
    let bodies = ''
    for (let i = 0; i < 6; i++) bodies += (await client.exchange(GET('/plain'))).text
    expect(new Set(bodies)).toEqual(new Set(['1', '3']))
  })

  test('is asked again for the next attempt, and sees who was tried', async () => {
    expect((await get(port, '/shaky/next')).text).toBe('3')
  })

  test('is not asked where there is nothing to choose', async () => {
    expect((await get(port, '/alone/throws')).text).toBe('1')
  })

  test('is asked for what ctx.next asks, and its failure is the answer to that', async () => {
    expect((await get(port, '/outer/a')).text).toBe('<200 null 3>')
    expect((await get(port, '/outer/throws')).text).toMatch(/^<500 script_error {.*}>$/)
  })

  test('cannot read the body, which is being sent', async () => {
    const answer = await once(port, request('POST /body', {}, 'sent'))
    expect([answer.status, answer.headers.get('gateway-error')]).toEqual([500, 'script_error'])
  })
})

describe('a balance hook that fails', () => {
  test.each([
    ['throws', 500, 'script_error'],
    ['number', 502, 'script_bad_peer'],
    ['stranger', 502, 'script_bad_peer'],
  ])('%s is answered with %i, %s; where it is open, by the balancer', async (way, status, code) => {
    expect(await outcome(`/${way}`)).toEqual([status, code])
    const [open, text] = await outcome(`/open/${way}`)
    expect([open, ['1', '3'].includes(text as string)]).toEqual([200, true])
  })

  test('is held by its limits, and suspended when it goes over them again and again', async () => {
    expect(await outcome('/spins')).toEqual([503, 'script_cpu'])
    for (let i = 0; i < 3; i++) expect((await outcome('/open/spins'))[0]).toBe(200)
    await gateway.logged(/script "chooses.ts" of tenant "-": suspended/)
    expect((await outcome('/open/header'))[0]).toBe(200)
    expect(await outcome('/header', { 'x-peer': '2' })).toEqual([200, '3'])
  })
})

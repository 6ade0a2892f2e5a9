import { beforeAll, describe, expect, test } from 'vitest'
import type { Gateway } from '../harness/gateway.ts'
import { get } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'

// A `response` hook that fails when it has read of the body, where the location answers without it.

const FAILS = `
const first = async (response: Response) => (await response.body!.getReader().read()).value
const fail = () => { throw new Error('on purpose') }
const ways: Record<string, (response: Response, ctx: any) => unknown> = {
  '/unread': fail,
  '/whole': async (response) => { await response.text(); fail() },
  '/piece': async (response) => { await first(response); fail() },
  '/clone': async (response) => { await response.clone().text(); fail() },
  '/spins': async (response) => { await first(response); for (;;); },
  '/passes': async (response, ctx) => { ctx.passThroughOnException(); await response.text(); fail() },
  '/cancelled': async (response) => { await response.body!.cancel(); fail() },
  '/large': async (response) => { await response.text(); fail() },
  '/silent': async (response) => { await response.text() },
  '/other': async (response) => { await response.body!.cancel(); return new Response('other') },
  '/part': async (response) => new Response((await first(response))!.slice(0, 10)),
  '/fine': async (response) => new Response(await response.text()),
}
export default {
  response: (response: Response, request: Request, env: unknown, ctx: unknown) => ways[new URL(request.url).pathname]?.(response, ctx),
}
`
/** Of several chunks. */
const BODY = 'a body of some length '.repeat(20_000)
const LENGTH = `${BODY.length}`
const PATHS = ['/unread', '/whole', '/piece', '/clone', '/spins', '/passes', '/cancelled', '/fine']

let gateway: Gateway

beforeAll(async () => {
  gateway = await startGateway({
    files: {
      'fails.ts': FAILS,
      'pages/large': BODY.repeat(3),
      ...Object.fromEntries(
        [...PATHS, '/silent', '/other', '/part'].map((path) => [`pages${path}`, BODY]),
      ),
    },
    yaml: `
worker_processes: 1
http:
  root: "%%DIR%%/pages"
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
        /: { script: { file: fails.ts, on_error: open } }
    - listen: 127.0.0.1:%%PORT_1%%
      location:
        /: { script: { file: fails.ts } }
`,
    expected: [/script_error/, /script_cpu/, /broke off/, /suspended/],
  })
}, 60_000)

describe('a response whose hook fails', () => {
  test.each(PATHS)('is whole, whatever the hook has read of it: %s', async (path) => {
    const { headers, status, text } = await get(gateway.port(), path)
    expect([status, headers.get('content-length'), text === BODY]).toEqual([200, LENGTH, true])
  })

  test('is the problem where it has read more than is remembered, or the location is closed', async () => {
    const large = await get(gateway.port(), '/large')
    expect([large.status, large.headers.get('gateway-error')]).toEqual([500, 'script_error'])
    expect(large.text).toContain('"code":"script_error"')
    const closed = await get(gateway.port(1), '/whole')
    expect([closed.status, closed.headers.get('gateway-error')]).toEqual([500, 'script_error'])
    await gateway.logged(/it has read more than 1048576 bytes of the response, and not answered/)
  })

  test('is whole where the hook says nothing, and the script’s where that answers', async () => {
    expect((await get(gateway.port(), '/silent')).text === BODY).toBe(true)
    expect((await get(gateway.port(), '/other')).text).toBe('other')
    expect((await get(gateway.port(), '/part')).text).toBe(BODY.slice(0, 10))
  })
})

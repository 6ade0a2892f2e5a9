import { beforeAll, expect, test } from 'vitest'
import type { Gateway } from '../harness/gateway.ts'
import { httpOrigin } from '../harness/http-origin.ts'
import { connect, GET, type RawClient } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { randomNumbers } from '../soak/random.ts'
import { PATIENCE, scale } from '../soak/scale.ts'

const REQUESTS = scale(2000, 100_000)
const SEED = Number(process.env.GATEWAY_SEED ?? 20_261_121)
/** More than there are slots, so that what waits is swapped out. */
const CLIENTS = 24
const TENANTS = ['ada', 'bob', 'cy', 'dot', 'eve', 'fay', 'gus', 'hal']
/** Ways a request can take, all of them with something in flight but the first. */
const WAYS = ['now', 'timers', 'body', 'stream', 'next', 'background', 'thrown'] as const
/** So many of all run into their limit instead, which takes as long as 50 others. */
const LIMITS = 0.02

/** Leaves its canary wherever it can, and looks wherever another's could be. */
const SCRIPT = `
const zeros = new Uint8Array(1000), words = new Float64Array(64), table = new Map(), list = new Array(100).fill(0)
let kept = ''
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
function dirt() {
  let sum = kept.length + table.size
  for (const each of [zeros, words, list, new Uint8Array(4000)]) for (let i = 0; i < each.length; i++) sum += each[i]
  return sum
}
function soil(mine) {
  kept = mine.repeat(20)
  table.set(mine, mine)
  for (let i = 0; i < zeros.length; i++) zeros[i] = mine.charCodeAt(i % mine.length)
  for (let i = 0; i < list.length; i++) list[i] = mine
  globalThis.left = { mine, bytes: new TextEncoder().encode(mine.repeat(100)) }
}
function isWhole(mine) {
  for (let i = 0; i < zeros.length; i++) if (zeros[i] !== mine.charCodeAt(i % mine.length)) return false
  return kept === mine.repeat(20) && table.size === 1 && list.every((each) => each === mine) && globalThis.left.mine === mine
}
const ways = {
  now: (mine) => mine,
  timers: async (mine) => { await Promise.all([sleep(1), sleep(3), sleep(2)]); return mine },
  body: async (mine, request) => ((await request.clone().text()) + (await request.text()) === mine + mine ? mine : 'foreign body'),
  stream: async (mine) => new Response(new ReadableStream({ async start(c) {
    for (const half of [mine.slice(0, 5), mine.slice(5)]) { await sleep(1); c.enqueue(new TextEncoder().encode(isWhole(mine) ? half : 'torn')) }
    c.close()
  } })),
  next: async (mine, request, ctx) => {
    const inner = await ctx.next(new Request('http://h/echo', { headers: { 'x-canary': mine } }))
    return (await inner.text()) === mine ? mine : 'foreign answer'
  },
  background: (mine, request, ctx) => { ctx.waitUntil(sleep(4).then(() => { if (!isWhole(mine)) console.error('torn behind the answer') })); return mine },
  thrown: async (mine) => { await sleep(1); throw new Error(mine) },
  limit: (mine) => { for (;;) globalThis.left.more = [globalThis.left.more, mine] },
}
export default { async fetch(request, env, ctx) {
  if (dirt() !== 0 || globalThis.left) return new Response('dirty ' + kept)
  const mine = env.TENANT + '<' + request.headers.get('x-number') + '>'
  if (request.headers.get('x-number') === null) return new Response('')
  soil(mine)
  const answer = await ways[request.headers.get('x-way')](mine, request, ctx)
  if (!isWhole(mine)) return new Response('torn')
  return typeof answer === 'string' ? new Response(answer, { headers: { 'x-canary': mine } }) : answer
} }
`

const scriptOf = (name: string) => {
  return `{ file: ${name}/script.js, tenant: ${name}, cpu_share: 100%, env: { TENANT: ${name} } }`
}

/** What is not even tried after too many that went over a limit. */
const REFUSED: ReadonlySet<string | undefined> = new Set(['script_suspended', 'script_busy'])

let gateway: Gateway

beforeAll(async () => {
  const origin = await httpOrigin(({ headers }) => ({ body: headers.get('x-canary') ?? '' }))
  const locations = TENANTS.map((name) => {
    return `        /${name}: { script: ${scriptOf(name)}, proxy_pass: http://${origin.address} }`
  })
  gateway = await startGateway({
    files: Object.fromEntries(TENANTS.map((name) => [`${name}/script.js`, SCRIPT])),
    yaml: `
worker_processes: 1
http:
  root: "%%DIR%%"
  keepalive_requests: 1000000
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
${locations.join('\n')}
`,
    expected: [
      /script_error .*Error: \w+<\d+>/,
      /script_cpu/,
      /script_busy/,
      /suspended/,
      /script_memory/,
    ],
  })
}, 60_000)

test(
  `${REQUESTS} requests of ${TENANTS.length} tenants, interleaved, see nothing of each other`,
  async () => {
    const random = randomNumbers(SEED)
    const wrong: string[] = []
    const ways = new Map<string, number>()
    let sent = 0
    async function visit(client: RawClient): Promise<void> {
      while (sent < REQUESTS && wrong.length < 10) {
        const number = sent++
        const tenant = TENANTS[Math.floor(random() * TENANTS.length)] as string
        const way =
          random() < LIMITS ? 'limit' : (WAYS[Math.floor(random() * WAYS.length)] as string)
        const mine = `${tenant}<${number}>`
        const head = { 'X-Number': `${number}`, 'X-Way': way }
        const request =
          way === 'body'
            ? `POST /${tenant} HTTP/1.1\r\nHost: h\r\nX-Number: ${number}\r\nX-Way: body\r\nContent-Length: ${mine.length}\r\n\r\n${mine}`
            : GET(`/${tenant}`, head)
        const { headers, status, text } = await client.exchange(request)
        ways.set(`${way} ${status}`, (ways.get(`${way} ${status}`) ?? 0) + 1)
        const fails = way === 'thrown' || way === 'limit'
        const all = `${text} ${headers.lines.flat().join()}`
        const foreign = (all.match(/\w+<\d+>/g) ?? []).filter((each) => each !== mine)
        if (foreign.length > 0 || (status === 200 && text !== mine)) wrong.push(`${mine}: ${all}`)
        if (!fails && status !== 200 && !REFUSED.has(headers.get('gateway-error'))) {
          wrong.push(`${mine} ${way}: ${status} ${text}`)
        }
      }
    }
    const clients = await Promise.all(
      Array.from({ length: CLIENTS }, () => connect(gateway.port())),
    )
    await Promise.all(clients.map(visit))
    expect(wrong).toEqual([])
    for (const way of WAYS) {
      expect(ways.get(`${way} ${way === 'thrown' ? 500 : 200}`), way).toBeGreaterThan(REQUESTS / 10)
    }
    expect(ways.get('limit 503')).toBeGreaterThan(REQUESTS / 100)
    expect(gateway.errorLog()).not.toContain('torn')
  },
  PATIENCE,
)

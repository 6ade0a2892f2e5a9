import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import type { Gateway } from '../harness/gateway.ts'
import { type HttpOrigin, httpOrigin } from '../harness/http-origin.ts'
import { memoryOf } from '../harness/processes.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { connectionsClosed } from '../harness/stub-status.ts'
import { converse, parseAnswers } from './conversation.ts'
import { type Input, input } from './generators.ts'
import { seeds } from './seeds.ts'

/** How many inputs; a long run is `GATEWAY_FUZZ=1000000`. */
const COUNT = Number(process.env.GATEWAY_FUZZ ?? 20_000)
/** Which inputs; CI runs the same ones each time, a long run others: `GATEWAY_FUZZ_SEED`. */
const SEED = Number(process.env.GATEWAY_FUZZ_SEED ?? (COUNT > 20_000 ? Date.now() % 2 ** 31 : 1))
/** Inputs under way at once. */
const BATCH = 64
/** Answers of the 500s that a request can ask for: an unknown coding, an unknown version. */
const DECLARED = [501, 505]
/** Header lines the gateway writes itself. */
const OWN = ['host', 'connection', 'content-length', 'transfer-encoding', 'x-request']

let gateway: Gateway
let backend: HttpOrigin
let workers: number[]
let answered = 0
const seen = new Set<string>()

beforeAll(async () => {
  backend = await httpOrigin(() => ({
    body: `origin ${++answered}`,
    headers: [['X-Origin', String(answered)]],
  }))
  gateway = await startGateway({
    files: { 'file.txt': `file ${'text '.repeat(500)}` },
    yaml: `
events: { worker_connections: 2048 }
http:
  root: "%%DIR%%"
  gzip: on
  gzip_types: text/plain
  client_max_body_size: 16k
  lingering_timeout: 200ms
  add_header: X-Method $request_method always
  proxy_ignore_client_abort: on
  proxy_set_header:
    - Host $host
    - X-Request $connection-$connection_requests
  server:
    - listen: 127.0.0.1:%%PORT%%
      server_name: fuzz.example
      location:
        /:
          return: 200 ok
        /proxy:
          proxy_pass: http://${backend.address}
        /file.txt: {}
        /redirect:
          return: 301 /there
        = /status:
          stub_status: on
`,
    expected: ['too large body', /is not found|No such file|open\(\)/],
  })
  workers = gateway.workers()
}, 60_000)

test('there are at least 150 seeds', () => {
  expect(new Set(seeds).size).toBeGreaterThanOrEqual(150)
})

test('every seed is answered well, whole and cut at every byte', async () => {
  const short = seeds.filter((seed) => seed.length < 200)
  const inputs: Input[] = [
    ...seeds.map((bytes) => ({ bytes, cuts: [] })),
    ...short.flatMap((bytes) =>
      Array.from({ length: bytes.length }, (_, i) => ({ bytes, cuts: [i / bytes.length] })),
    ),
  ]
  for (let at = 0; at < inputs.length; at += BATCH) await check(inputs.slice(at, at + BATCH))
}, 300_000)

test(
  `${COUNT} inputs are answered well (seed ${SEED})`,
  async () => {
    for (let batch = 0; batch * BATCH < COUNT; batch++) {
      await check(fc.sample(input, { numRuns: BATCH, seed: SEED + batch }))
    }
  },
  120_000 + COUNT * 10,
)

test('and afterwards nothing is left of them', async () => {
  expect(gateway.workers()).toEqual(workers)
  await connectionsClosed(gateway.port())
  expect(memoryOf(workers[0] ?? 0)).toBeLessThan(400 * 2 ** 20)
}, 30_000)

/** Sends inputs at once; each must be answered well, and the origin must have seen nothing odd. */
async function check(inputs: readonly Input[]): Promise<void> {
  await Promise.all(inputs.map(checkOne))
  const complaint = judgeOrigin(inputs)
  if (complaint === undefined) return
  // Which of them it was shows when each is sent alone.
  for (const each of inputs) {
    await checkOne(each)
    const again = judgeOrigin([each])
    if (again !== undefined) throw new Error(`${again}\nsent ${JSON.stringify(each)}`)
  }
  throw new Error(complaint)
}

/** What the origin has to complain of: each accepted request must reach it once, well-formed. */
function judgeOrigin(inputs: readonly Input[]): string | undefined {
  const [error] = backend.errors.splice(0)
  if (error !== undefined) return `at the origin: ${error.message}`
  const sent = new Set(inputs.flatMap(({ bytes }) => fieldsIn(bytes)))
  for (const { headers, target } of backend.takeRequests()) {
    const id = headers.get('x-request') ?? 'none'
    if (seen.has(id)) return `request ${id} reached the origin twice: ${target}`
    seen.add(id)
    for (const [name, value] of headers.lines) {
      const own = OWN.includes(name.toLowerCase())
      if (!own && !sent.has(`${name}:${value}`)) return `nobody sent "${name}: ${value}"`
    }
  }
  return undefined
}

/** Every line that can be read as a header line, white space around its value removed. */
function fieldsIn(bytes: string): string[] {
  // As they go over the wire: of each character its low byte.
  const sent = Buffer.from(bytes, 'latin1').toString('latin1')
  return sent.split('\n').map((line) => line.replace(/:[ \t]*/, ':').replace(/[ \t]*\r?$/, ''))
}

async function checkOne(each: Input): Promise<void> {
  let bytes: Buffer | undefined
  try {
    bytes = await converse(gateway.port(), each)
    for (const { status } of await parseAnswers(bytes)) {
      if (status >= 500 && !DECLARED.includes(status)) throw new Error(`answered ${status}`)
    }
  } catch (error) {
    const sent = JSON.stringify(each)
    const came = JSON.stringify(bytes?.toString('latin1').slice(0, 2000))
    throw new Error(`${(error as Error).message}\nsent ${sent}\ncame ${came}`)
  }
}

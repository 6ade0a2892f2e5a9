import { expect, test } from 'vitest'
import type { Gateway } from '../harness/gateway.ts'
import { heldOrigin } from '../harness/held-origin.ts'
import { startLoad } from '../harness/load.ts'
import { descriptorsOf, isAlive, memoryOf } from '../harness/processes.ts'
import { connect, get, request } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { until } from '../harness/wait.ts'
import { slowDownload, slowUpload, type Transfer, transferOrigin } from './long-transfers.ts'
import { Pipeliners } from './pipeliners.ts'
import { MEGABYTE, PATIENCE, scale } from './scale.ts'

const RELOADS = scale(25, 200)
/** More than the buffers of all sockets on the way hold, so that it is under way until it is read. */
const SIZE = 24 * MEGABYTE

/** The garbage of reading configurations and starting processes. */
const MASTER_BOUND = 48 * MEGABYTE

const yaml = (peer: string, text: number | string) => `
worker_processes: 2
http:
  client_max_body_size: 0
  # A transfer moves on with each reload, however long that takes.
  send_timeout: 1h
  client_body_timeout: 1h
  proxy_read_timeout: 1h
  proxy_send_timeout: 1h
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
        /: { return: '200 "generation ${text}"' }
        /echo: { return: '200 "echo $arg_id"' }
        /files/: { root: %%DIR%% }
        /transfer: { proxy_pass: http://${peer} }
`

test(
  `no request fails in ${RELOADS} reloads under load, and transfers under way complete`,
  async () => {
    const peer = await transferOrigin(SIZE)
    const gateway = await startGateway({
      yaml: yaml(peer.address, 0),
      expected: [/emerg|reload failed/],
    })
    const first = gateway.workers()
    const descriptors = descriptorsOf(gateway.pid)
    const resident = memoryOf(gateway.pid)
    const kept = startLoad({ target: gateway.port(), connections: 6, think: 4 })
    const single = startLoad({ target: gateway.port(), connections: 3, keepAlive: false, think: 4 })
    const pipelined = new Pipeliners(gateway.port(), 3, 7)
    const transfers: Transfer[] = []
    for (let i = 1; i <= RELOADS; i++) {
      if (i % 5 === 1) transfers.push(...(await startTransfers(gateway)))
      await gateway.configure(yaml(peer.address, i))
      await gateway.reload('sent')
      await until(`generation ${i}`, () => serves(gateway, i), 30_000)
      await Promise.all([kept.reached(kept.ok + 20), single.reached(single.ok + 20)])
      for (const each of transfers) await each.step()
      if (i % 5 === 4) await expectRefused(gateway, peer.address, i)
      // The oldest go, so that not every generation stays.
      while (transfers.length > 4) expect(await transfers.shift()?.finish()).toBeUndefined()
    }
    const [{ failures }, { failures: others }, { faults, answered }] = await Promise.all([
      kept.stop(),
      single.stop(),
      pipelined.stop(),
    ])
    expect({ failures, others, faults }).toEqual({ failures: {}, others: {}, faults: [] })
    expect(answered).toBeGreaterThan(RELOADS)
    for (const each of transfers) expect(await each.finish()).toBeUndefined()
    expect(peer.errors).toEqual([])
    expect(first.some(isAlive)).toBe(false)
    await until('the last generation alone', () => gateway.workers().length === 2)
    // The master holds nothing of the generations that are gone.
    await until('descriptors to be closed', () => descriptorsOf(gateway.pid) <= descriptors)
    expect(memoryOf(gateway.pid) - resident).toBeLessThan(MASTER_BOUND)
  },
  PATIENCE,
)

test(
  'a reload that fails late loses no request of workers that accepted already',
  async () => {
    const backend = await heldOrigin()
    const config = (plugin = '') => `
worker_processes: 2
${plugin}
http:
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
        /: { return: 200 $pid }
        /held: { proxy_pass: http://${backend.address} }
`
    const gateway = await startGateway({
      yaml: config(),
      files: { 'late.ts': LATE },
      expected: [/emerg|reload failed|ended while it was starting/],
    })
    const before = gateway.workers()
    await gateway.configure(config('plugins: late.ts'))
    await gateway.reload('sent')
    // The first new worker accepts while the second still starts.
    const client = await until('an answer of a new worker', async () => {
      const each = await connect(gateway.port())
      const { text } = await each.exchange(request('GET /'))
      if (!before.includes(Number(text))) return each
      each.destroy()
      return undefined
    })
    await client.send(request('GET /held'))
    await until('the request to reach its peer', () => backend.requests.length === 1)
    gateway.workspace.write('die', '')
    await gateway.logged(/reload failed/)
    backend.release()
    expect((await client.response()).text).toBe('in the end')
    await until('the workers from before alone', () => gateway.workers().length === 2)
    expect(gateway.workers()).toEqual(before)
  },
  PATIENCE,
)

/** In all workers of a generation but one, this waits for a word, and dies. */
const LATE = `
import { existsSync, mkdirSync } from 'node:fs'
import { definePlugin } from 'gateway/plugin'
if (process.env.GATEWAY_ROLE === 'worker') {
  try {
    mkdirSync('%%DIR%%/first')
  } catch {
    while (!existsSync('%%DIR%%/die')) await new Promise((resolve) => setTimeout(resolve, 5))
    process.exit(7)
  }
}
export default definePlugin({ name: 'late' })
`

function startTransfers(gateway: Gateway): Promise<Transfer[]> {
  return Promise.all([
    slowDownload(gateway.port(), '/transfer', SIZE),
    slowUpload(gateway.port(), '/transfer', SIZE),
  ])
}

async function serves(gateway: Gateway, generation: number): Promise<boolean> {
  return (await get(gateway.port(), '/')).text === `generation ${generation}`
}

/** A configuration that is wrong changes nothing. */
async function expectRefused(gateway: Gateway, peer: string, now: number): Promise<void> {
  const refusals = () => gateway.errorLog().match(/reload failed/g)?.length ?? 0
  const before = refusals()
  await gateway.configure(`${yaml(peer, 'never')}nonsense: on\n`)
  await gateway.reload('sent')
  await until('the refusal', () => refusals() > before)
  expect(await serves(gateway, now)).toBe(true)
}

import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { heldOrigin } from '../harness/held-origin.ts'
import { freePort } from '../harness/ports.ts'
import { isAlive, signal } from '../harness/processes.ts'
import { connect, get, request } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { until } from '../harness/wait.ts'
import { PATIENCE, scale } from './scale.ts'
import { Visitors } from './visitors.ts'

const KILLS = scale(12, 300)
const VISITORS = 12

const yaml = `
worker_processes: 3
http:
  access_log: access.log
  server:
    - listen: 127.0.0.1:%%PORT%%
      location: { /: { return: 200 $pid } }
`

test(
  `${KILLS} workers killed one after another take only their own requests with them`,
  async () => {
    const gateway = await startGateway({ yaml, expected: [/exited on signal 9/] })
    const visitors = new Visitors(gateway.port(), VISITORS)
    const { visits } = visitors
    const killed = new Set<number>()
    for (let i = 0; i < KILLS; i++) {
      await answers(50)
      const victims = gateway.workers()
      const victim = victims[i % victims.length] ?? 0
      killed.add(victim)
      signal(victim, 'SIGKILL')
      await until('its successor', () => gateway.workers().length === 3 && !isAlive(victim))
    }
    await answers(200)
    const { losses } = await visitors.leave()
    // Whoever was answered before lost no other worker's request.
    const strangers = losses.filter(({ worker }) => worker !== undefined && !killed.has(worker))
    expect(strangers).toEqual([])
    expect(losses.filter(({ why }) => why.startsWith('connect'))).toEqual([])
    // At most one for each connection of a killed worker.
    expect(losses.length).toBeLessThanOrEqual(KILLS * VISITORS)
    // All of them still share one log, and no line of a killed one is torn.
    const lines = gateway.accessLog().split('\n').slice(0, -1)
    expect(lines.filter((line) => !/^127\.0\.0\.1 - - \[.*" 200 \d+ ".*"$/.test(line))).toEqual([])

    async function answers(count: number): Promise<void> {
      const goal = visits.answered + count
      await until('answers', () => visits.answered >= goal, 30_000)
    }
  },
  PATIENCE,
)

test(
  'nothing is left of a killed master: workers finish what they have, then go',
  async () => {
    const refused = await freePort()
    const backend = await heldOrigin()
    const before = zoneFolders()
    const gateway = await startGateway({
      yaml: `
worker_processes: 3
http:
  upstream: { flaky: { server: [127.0.0.1:${refused}, 127.0.0.1:${refused} backup] } }
  server:
    - listen: [127.0.0.1:%%PORT%%, unix:%%DIR%%/socket]
      location:
        /: { return: 200 $pid }
        /slow: { proxy_pass: http://${backend.address} }
        /flaky: { proxy_pass: http://flaky }
`,
      expected: [/refused|no live upstreams|no peer/],
    })
    // Workers share the health of peers from now on, in files.
    expect((await get(gateway.port(), '/flaky')).status).toBe(502)
    const [folder, ...others] = zoneFolders().filter((each) => !before.includes(each))
    // Other gateways may have been started meanwhile; ours is named in its workers' environment.
    const ours = [folder, ...others].filter((each) => each && usedBy(gateway.workers(), each))
    expect(ours).toHaveLength(1)

    const slow = await connect(gateway.port(), { patience: 30_000 })
    await slow.send(request('GET /slow'))
    await until('the request to reach its peer', () => backend.requests.length === 1)
    const visitors = new Visitors(gateway.port(), 4)
    await until('answers', () => visitors.visits.answered > 100)
    const workers = gateway.workers()
    await gateway.kill()
    await until('all workers but one to leave', () => workers.filter(isAlive).length === 1)
    await until('refusals', () => visitors.visits.losses.some(({ why }) => /REFUSED/.test(why)))
    const { losses } = await visitors.leave()
    expect(losses.filter(({ worker }) => worker !== undefined)).toEqual([])
    backend.release()
    expect((await slow.response()).text).toBe('in the end')
    await gateway.exited()
    expect(zoneFolders().filter((each) => ours.includes(each))).toEqual([])
    await expect(get(gateway.port(), '/')).rejects.toThrow(/ECONNREFUSED/)
    // What the killed master could not remove is no obstacle to the next.
    const next = await startGateway({ yaml, name: 'gateway.yaml' })
    expect((await get(next.port(), '/')).status).toBe(200)
  },
  PATIENCE,
)

function zoneFolders(): string[] {
  return readdirSync('/dev/shm').filter((name) => name.startsWith('gateway-zones-'))
}

function usedBy(pids: readonly number[], folder: string): boolean {
  return pids.some((pid) => {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(folder)
  })
}

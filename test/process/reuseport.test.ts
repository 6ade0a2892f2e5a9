import { expect, test } from 'vitest'
import { REUSE_PORT } from '../../src/kernel/socket/binding.ts'
import { startLoad } from '../harness/load.ts'
import { signal } from '../harness/processes.ts'
import { get } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { until } from '../harness/wait.ts'

const yaml = (workers: number, listen = 'reuseport') => `
worker_processes: ${workers}
http:
  server:
    - listen: 127.0.0.1:%%PORT%% ${listen}
      location: { /: { return: 200 "$pid" } }
`

/** Who answers so many connections that come at once; each worker with the number of its answers. */
async function answers(port: number, size: number): Promise<Map<number, number>> {
  const counts = new Map<number, number>()
  const asked = Array.from({ length: size }, () => get(port, '/'))
  for (const { text } of await Promise.all(asked)) {
    counts.set(Number(text), (counts.get(Number(text)) ?? 0) + 1)
  }
  return counts
}

const supported = test.skipIf(REUSE_PORT === undefined)

supported('each worker has a socket of its own, and the system spreads connections', async () => {
  const gateway = await startGateway({ yaml: yaml(3) })
  const counts = await answers(gateway.port(), 120)
  for (const pid of gateway.workers()) expect(counts.get(pid)).toBeGreaterThan(10)
})

supported('what waits for a worker that dies is served by its successor', async () => {
  const gateway = await startGateway({ yaml: yaml(2), expected: [/exited on signal 9/] })
  const [dead = 0, other = 0] = gateway.workers()
  signal(dead, 'SIGSTOP')
  const asked = answers(gateway.port(), 60)
  signal(dead, 'SIGKILL')
  const counts = await asked
  const [successor = 0] = gateway.workers().filter((pid) => pid !== other)
  expect([...counts.keys()].sort()).toEqual([other, successor].sort())
  expect(counts.has(dead)).toBe(false)
})

supported(
  'a reload with as many workers loses no connection',
  async () => {
    const gateway = await startGateway({ yaml: yaml(2) })
    const load = startLoad({ target: gateway.port(), connections: 8, keepAlive: false })
    await load.reached(50)
    for (let i = 0; i < 4; i++) {
      await gateway.reload()
      await load.reached(load.ok + 50)
    }
    expect((await load.stop()).failures).toEqual({})
  },
  60_000,
)

supported(
  'a reload gives new workers sockets, and takes away those of missing ones',
  async () => {
    const gateway = await startGateway({ yaml: yaml(2) })
    for (const workers of [4, 1, 3]) {
      await gateway.configure(yaml(workers))
      await gateway.reload()
      const counts = await answers(gateway.port(), 40 * workers)
      expect([...counts.keys()].sort()).toEqual(gateway.workers().sort())
    }
  },
  60_000,
)

supported('a socket all workers share cannot be divided by a reload, which says so', async () => {
  const gateway = await startGateway({ yaml: yaml(2, '') })
  await gateway.configure(yaml(2))
  await gateway.reload()
  expect(gateway.errorLog()).toMatch(
    /\[warn\].* reuseport of 127\.0\.0\.1:\d+ changes with the next start only/,
  )
  await until('both workers', async () => (await answers(gateway.port(), 40)).size === 2)
})

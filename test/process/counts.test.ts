import { expect, test } from 'vitest'
import { signal } from '../harness/processes.ts'
import { connect, get, request } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { until } from '../harness/wait.ts'

const yaml = `
worker_processes: 2
http:
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
        /: { return: 200 "$pid" }
        = /status: { stub_status: on }
`

test('counts are those of all workers together, and outlive workers', async () => {
  const gateway = await startGateway({ yaml, expected: [/exited on signal 9/] })
  const clients = await Promise.all(Array.from({ length: 20 }, () => connect(gateway.port())))
  for (const client of clients) await client.exchange(request('GET /'))
  const status = async () => {
    const { text } = await get(gateway.port(), '/status')
    const [active, accepted, handled, requests] = (text.match(/\d+/g) ?? []).map(Number)
    return { active, accepted, handled, requests }
  }
  // The other worker's numbers are told a few times a second.
  let asked = 0
  const before = await until('the sums', async () => {
    asked++
    const all = await status()
    return all.requests === 20 + asked && all
  })
  expect(before).toEqual({
    active: 21,
    accepted: 20 + asked,
    handled: 20 + asked,
    requests: 20 + asked,
  })
  await gateway.reload('started')
  const [, victim = 0] = gateway.workers()
  signal(victim, 'SIGKILL')
  await until('its end', () => gateway.errorLog().includes(`${victim} exited on signal 9`))
  await until('what it had counted', async () => ((await status()).accepted ?? 0) > 20 + asked)
})

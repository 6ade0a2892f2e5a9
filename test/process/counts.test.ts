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
        = /status: { stub_status: on, add_header: X-Worker $pid }
`

test('counts are those of all workers together, and outlive workers', async () => {
  const gateway = await startGateway({ yaml, expected: [/exited on signal 9/] })
  const clients = await Promise.all(Array.from({ length: 20 }, () => connect(gateway.port())))
  for (const client of clients) await client.exchange(request('GET /'))
  let asked = 0
  const status = async () => {
    asked++
    const { text, headers } = await get(gateway.port(), '/status')
    const [active, accepted, handled, requests] = (text.match(/\d+/g) ?? []).map(Number)
    return { worker: Number(headers.get('x-worker')), active, accepted, handled, requests }
  }
  // The other worker's numbers are told a few times a second.
  const before = await until('the sums', async () => {
    const all = await status()
    return all.requests === 20 + asked && all
  })
  expect(before).toEqual({
    worker: expect.any(Number),
    active: 21,
    accepted: 20 + asked,
    handled: 20 + asked,
    requests: 20 + asked,
  })
  // The one of which another knows everything.
  const victim = gateway.workers().find((pid) => pid !== before.worker) ?? 0
  await gateway.reload('started')
  signal(victim, 'SIGKILL')
  await until('its end', () => gateway.errorLog().includes(`${victim} exited on signal 9`))
  // What all have counted so far, no connection and no request more or less.
  await until('what it had counted', async () => {
    const { accepted, requests } = await status()
    return accepted === 20 + asked && requests === 20 + asked
  })
})

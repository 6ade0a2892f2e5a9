import { expect, test } from 'vitest'
import { httpOrigin } from '../harness/http-origin.ts'
import { startLoad } from '../harness/load.ts'
import { freePort } from '../harness/ports.ts'
import { connect, get, request } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { connectionsClosed } from '../harness/stub-status.ts'
import { systemClock, systemClockMissing } from '../harness/system-clock.ts'
import { until } from '../harness/wait.ts'
import { PATIENCE, scale } from './scale.ts'

const TIMES = scale(10, 300)
const HOUR = 3600
const DAY = 24 * HOUR
const missing = systemClockMissing()

const yaml = (env: Readonly<Record<string, string>>, good: string, refused: number) => `
worker_processes: 2
worker_stuck_timeout: 10s
env: [${Object.keys(env).join(', ')}]
http:
  access_log: access.log
  limit_req_zone: "$arg_k zone=one:1m rate=1r/m"
  proxy_next_upstream_tries: 1
  upstream: { flaky: { server: ['127.0.0.1:${refused} fail_timeout=1s', '${good} backup'] } }
  server:
    - listen: 127.0.0.1:%%PORT%%
      keepalive_timeout: 1h
      location:
        /: { return: 200 $request_time }
        /brief: { return: 200 ok, keepalive_timeout: 1s }
        /limited: { root: "%%DIR%%", limit_req: zone=one burst=9 nodelay, limit_req_log_level: info }
        /peer: { proxy_pass: http://${good} }
        /flaky: { proxy_pass: http://flaky }
        = /status: { stub_status: on }
`

test.skipIf(missing)(
  `nothing is lost or left while the clock is set ${TIMES} times${missing ? ` (${missing})` : ''}`,
  async () => {
    const clock = systemClock()
    const backend = await httpOrigin()
    const refused = await freePort()
    const gateway = await startGateway({
      yaml: yaml(clock.env, backend.address, refused),
      env: clock.env,
      files: { 'limited/a': 'a' },
      expected: [/refused/],
    })
    const port = gateway.port()
    const before = gateway.workers()
    const check = ({ text, status }: { text: string; status: number }) => {
      return status === 200 && Number(text) < 60 ? undefined : `${status} after ${text} s`
    }
    const load = startLoad({ target: port, connections: 4, think: 4, check })
    const proxied = startLoad({ target: port, connections: 2, think: 4, startLine: 'GET /peer' })
    const kept = await connect(port)
    await kept.exchange(request('GET /'))
    for (let i = 0; i < TIMES; i++) {
      const key = `k${i}`
      expect(await passed(port, key, 6)).toBe(6)
      await until('the peer to fail out', async () => (await get(port, '/flaky')).status === 200)
      const brief = await connect(port, { patience: 60_000 })
      await brief.exchange(request('GET /brief'))
      clock.set([-HOUR, HOUR, -DAY, 30 * DAY, 0, -30 * DAY][i % 6] as number)
      await Promise.all([load.reached(load.ok + 30), proxied.reached(proxied.ok + 10)])
      // What has an hour still has it, a second has gone by soon, and a limit holds as before.
      expect((await kept.exchange(request('GET /'))).status).toBe(200)
      await until('its end', () => brief.incoming.over, 30_000)
      expect(await passed(port, key, 8)).toBe(4)
      await until('the peer to be asked again', async () => {
        return (await get(port, '/flaky')).status === 502
      })
    }
    // People read the system's time.
    clock.set(-30 * DAY)
    await until('the date to follow', async () => {
      const date = Date.parse((await get(port, '/')).headers.get('date') ?? '')
      return Math.abs(Date.now() - 30 * DAY * 1000 - date) < HOUR * 1000
    })
    expect(await load.stop()).toMatchObject({ failures: {} })
    expect(await proxied.stop()).toMatchObject({ failures: {} })
    kept.destroy()
    await connectionsClosed(port)
    expect(gateway.workers()).toEqual(before)
    await gateway.stop()
  },
  PATIENCE,
)

/** How many of `count` requests with a key the limit lets through. */
async function passed(port: number, key: string, count: number): Promise<number> {
  const answers = await Promise.all(
    Array.from({ length: count }, () => get(port, `/limited/a?k=${key}`)),
  )
  return answers.filter(({ status }) => status === 200).length
}

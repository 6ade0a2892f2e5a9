import { expect, test } from 'vitest'
import { httpOrigin } from '../harness/http-origin.ts'
import { startLoad } from '../harness/load.ts'
import { slowHttpTest, slowHttpTestMissing } from '../harness/slow-http-test.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { activeConnections, connectionsClosed } from '../harness/stub-status.ts'
import { until } from '../harness/wait.ts'
import { forgetPeak, peakOf } from './memory.ts'
import { MEGABYTE, PATIENCE, scale } from './scale.ts'

const SLOW = 1000
/** Answers that others get while all slow clients are there. */
const MEANWHILE = scale(500, 10_000)
/** They come in a few seconds, as from many machines. */
const EACH_SECOND = 250
/** Nobody but a machine that is busy with other things makes anybody wait for long. */
const PATIENT = { patience: PATIENCE / 2 }
/** A slow reader holds what is read of a file on its way to it (`output_buffers`). */
const EACH = 65_536

const missing = slowHttpTestMissing()
if (missing !== undefined) console.warn(`skipped: ${missing}`)

test.skipIf(missing).each([
  ['slow heads (Slowloris)', ['-H', '-i', '2', '-x', '24'], '/'],
  ['slow bodies', ['-B', '-i', '2', '-x', '24', '-s', '8192'], '/up'],
  ['slow reads', ['-X', '-w', '512', '-y', '1024', '-n', '2', '-z', '32'], '/files/large'],
] as const)(
  `${SLOW} connections with %s hold nobody up`,
  async (_, mode, path) => {
    const backend = await httpOrigin()
    const gateway = await startGateway({
      yaml: `
worker_processes: 1
events: { worker_connections: ${SLOW * 3} }
http:
  client_header_timeout: 1h
  client_body_timeout: 1h
  send_timeout: 1h
  server:
    - listen: 127.0.0.1:%%PORT%% backlog=4096
      location:
        /: { return: 200 ok }
        /files/: { root: "%%DIR%%" }
        /up: { proxy_pass: "http://${backend.address}" }
        = /status: { stub_status: on }
`,
      files: { 'files/large': Buffer.alloc(MEGABYTE, 'l') },
    })
    const [worker = 0] = gateway.workers()
    const port = gateway.port()
    const others = startLoad({ target: port, connections: 4, think: 2, ...PATIENT })
    await others.reached(200)
    forgetPeak(worker)
    const before = peakOf(worker)

    const url = `http://127.0.0.1:${port}${path}`
    const attack = ['-c', `${SLOW}`, '-r', `${EACH_SECOND}`, '-l', '86400', '-u', url]
    const slow = slowHttpTest([...mode, ...attack])
    await until(
      `${SLOW} slow clients`,
      async () => (await activeConnections(port, PATIENT)) >= SLOW,
      PATIENCE / 2,
    ).catch((error) => {
      throw new Error(slow.output().slice(-2000), { cause: error })
    })
    await others.reached(others.ok + MEANWHILE)
    // They are still there, and were while the others were served.
    expect(await activeConnections(port, PATIENT)).toBeGreaterThanOrEqual(SLOW)
    expect(peakOf(worker) - before).toBeLessThan(SLOW * EACH + 64 * MEGABYTE)

    await slow.stop()
    expect((await others.stop()).failures).toEqual({})
    await connectionsClosed(port)
    // No body was complete; with GET the tool itself looks whether anybody is served.
    expect(backend.requests.filter(({ method }) => method === 'POST')).toEqual([])
  },
  PATIENCE,
)

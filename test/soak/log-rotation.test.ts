import { readdirSync, renameSync } from 'node:fs'
import { expect, test } from 'vitest'
import { startLoad } from '../harness/load.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { until } from '../harness/wait.ts'
import { PATIENCE, scale } from './scale.ts'

const ROTATIONS = scale(25, 500)

for (const [how, parameters] of [
  ['written at once', ''],
  ['buffered', ' buffer=16k flush=1s'],
]) {
  test(
    `no line is lost or torn in ${ROTATIONS} rotations under load, ${how}`,
    async () => {
      const gateway = await startGateway({
        yaml: `
worker_processes: 2
http:
  log_format: ['short "$request $status end"']
  access_log: access.log short${parameters}
  server:
    - listen: 127.0.0.1:%%PORT%%
      location: { /: { return: 200 ok } }
`,
      })
      const path = (name: string) => gateway.workspace.path(name)
      const startLine = `GET /${'long'.repeat(100)}`
      const load = startLoad({ target: gateway.port(), connections: 12, startLine })
      for (let i = 1; i <= ROTATIONS; i++) {
        renameSync(path('access.log'), path(`access.log.${i}`))
        gateway.signal('SIGUSR1')
        await until('the new file', () => readdirSync(gateway.dir).includes('access.log'))
        await load.reached(load.ok + 100)
      }
      const { ok, failures } = await load.stop()
      expect(failures).toEqual({})
      // A worker that leaves writes what it holds back.
      await gateway.stop()
      const logs = readdirSync(gateway.dir).filter((name) => name.startsWith('access.log'))
      expect(logs).toHaveLength(ROTATIONS + 1)
      const lines = logs.flatMap((name) => gateway.accessLog(name).split('\n').slice(0, -1))
      expect(lines.filter((line) => line !== `${startLine} HTTP/1.1 200 end`)).toEqual([])
      expect(lines).toHaveLength(ok)
    },
    PATIENCE,
  )
}

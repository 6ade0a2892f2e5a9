import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { test as always, expect } from 'vitest'
import { onCleanup } from '../harness/cleanup.ts'
import { get } from '../harness/raw-client.ts'
import { sqliteMissing } from '../harness/sqlite-missing.ts'
import { startGateway } from '../harness/start-gateway.ts'

const test = always.skipIf(sqliteMissing)

const YAML = `
worker_processes: 2
http:
  limit_req_zone: $arg_k zone=pace:1m rate=1r/m
  limit_req_zone: $arg_k zone=other:1m rate=1r/m
  limit_conn_zone: $arg_k zone=held:1m
  limit_req_log_level: info
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
        /one: { root: "%%DIR%%", limit_req: zone=pace burst=4 nodelay }
        /two:
          root: "%%DIR%%"
          limit_req: [zone=pace burst=4 nodelay, zone=other burst=4 nodelay]
        /held: { root: "%%DIR%%", limit_conn: held 100 }
        /: { return: 200 served }
        = /status: { stub_status: on }
`
const FILES = { 'one/a': 'a', 'two/a': 'a', 'held/a': 'a' }

/** What a worker does that is stopped in the middle of an update: it keeps the zones locked. */
function lockZones(worker: number) {
  const environment = readFileSync(`/proc/${worker}/environ`, 'latin1')
  const folder = /GATEWAY_ZONES=([^\0]+)/.exec(environment)?.[1] ?? ''
  const Database = createRequire(import.meta.url)('better-sqlite3')
  const database = new Database(join(folder, 'records.sqlite'))
  onCleanup(() => database.close())
  database.exec('BEGIN IMMEDIATE')
  return { unlock: () => database.exec('COMMIT') }
}

for (const [place, most] of [
  ['one', 5],
  ['two', 5],
  ['held', 20],
] as const) {
  test(`/${place}: requests wait for a locked zone, and are counted exactly then`, async () => {
    const gateway = await startGateway({ yaml: YAML, files: FILES })
    const port = gateway.port()
    const lock = lockZones(gateway.workers()[0] ?? 0)
    let answered = 0
    const all = Array.from({ length: 20 }, async () => {
      const { status } = await get(port, `/${place}/a?k=k`)
      answered++
      return status
    })
    for (let i = 0; i < 20; i++) expect((await get(port, '/')).text).toBe('served')
    expect(answered).toBe(0)
    lock.unlock()
    const statuses = await Promise.all(all)
    expect(statuses.filter((status) => status === 200)).toHaveLength(most)
    expect(statuses.filter((status) => status === 503)).toHaveLength(20 - most)
  })
}

test('a worker starts although the zones are locked, once they are not', async () => {
  const gateway = await startGateway({ yaml: YAML, files: FILES })
  const port = gateway.port()
  const lock = lockZones(gateway.workers()[0] ?? 0)
  const reloaded = gateway.reload()
  expect((await get(port, '/')).text).toBe('served')
  lock.unlock()
  await reloaded
  expect((await get(port, '/one/a?k=n')).status).toBe(200)
})

import {
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { startTimeOf } from '../../src/base/start-time.ts'
import { onCleanup } from '../harness/cleanup.ts'
import { freePort } from '../harness/ports.ts'
import { get } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { Workspace } from '../harness/workspace.ts'

const MEMORY = '/dev/shm'
/** Several gateways start one after another, each with workers. */
const PATIENCE = 30_000
const NOBODY = 65_534
const NAMESPACE = /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0]
/** No process has this number: it is larger than any system allows. */
const DEAD = '4194999-77'

/** A gateway whose workers share the health of a peer that refuses, in files. */
async function start() {
  const refused = await freePort()
  const gateway = await startGateway({
    yaml: `
worker_processes: 2
http:
  upstream: { flaky: { server: [127.0.0.1:${refused}, 127.0.0.1:${refused} backup] } }
  server:
    - listen: 127.0.0.1:%%PORT%%
      location: { /: { proxy_pass: http://flaky } }
`,
    expected: [/refused|no live upstreams|no peer/],
  })
  expect((await get(gateway.port(), '/')).status).toBe(502)
  return { gateway, zones: zonesOf(gateway.pid) }
}

function zonesOf(pid: number): string {
  const name = readdirSync(MEMORY).find((each) => each.includes(`-${NAMESPACE}-${pid}-`))
  if (name === undefined) throw new Error(`process ${pid} has no zones`)
  return join(MEMORY, name)
}

/** A folder named as if it held the zones of `holder`, with a file in it. */
function zonesNamed(holder: string, namespace = NAMESPACE): string {
  const unique = Math.random().toString(36).slice(2).padEnd(6, '0').slice(0, 6)
  const folder = join(MEMORY, `gateway-zones-${namespace}-${holder}-${unique}`)
  onCleanup(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

function madeZones(holder: string, namespace = NAMESPACE): string {
  const folder = zonesNamed(holder, namespace)
  mkdirSync(folder, { mode: 0o700 })
  writeFileSync(join(folder, 'zones.sqlite'), 'x')
  return folder
}

test(
  'what a master that was killed with all its workers leaves is removed by the next',
  async () => {
    const killed = await start()
    process.kill(-killed.gateway.pid, 'SIGKILL')
    await killed.gateway.exited()
    expect(readdirSync(killed.zones)).not.toEqual([])
    const next = await start()
    expect(existsSync(killed.zones)).toBe(false)
    await next.gateway.stop()
    expect(existsSync(next.zones)).toBe(false)
  },
  PATIENCE,
)

test(
  'what a living master shares stays, whoever starts',
  async () => {
    const one = await start()
    const before = readdirSync(one.zones)
    const other = await start()
    expect(readdirSync(one.zones)).toEqual(before)
    await other.gateway.stop()
    expect(readdirSync(one.zones)).toEqual(before)
    expect((await get(one.gateway.port(), '/')).status).toBe(502)
    await one.gateway.stop()
    expect(existsSync(one.zones)).toBe(false)
  },
  PATIENCE,
)

describe('a starting master', () => {
  const elsewhere = new Workspace('zones')
  const folders: Record<string, string> = {}

  beforeAll(async () => {
    onCleanup(() => elsewhere.remove())
    elsewhere.write('precious/file', 'x')
    const own = startTimeOf(process.pid)
    folders.dead = madeZones(DEAD)
    folders.reused = madeZones(`${process.pid}-${Number(own) - 1}`)
    folders.living = madeZones(`${process.pid}-${own}`)
    folders.container = madeZones(DEAD, `${NAMESPACE}1`)
    folders.nested = madeZones(DEAD)
    mkdirSync(join(folders.nested, 'folder'))
    writeFileSync(join(folders.nested, 'folder', 'file'), 'x')
    folders.links = madeZones(DEAD)
    symlinkSync(elsewhere.path('precious/file'), join(folders.links, 'a'))
    symlinkSync(elsewhere.path('precious'), join(folders.links, 'b'))
    folders.link = zonesNamed(DEAD)
    symlinkSync(elsewhere.path('precious'), folders.link)
    folders.foreign = madeZones(DEAD)
    if (process.getuid?.() === 0) chownSync(folders.foreign, NOBODY, NOBODY)
    const { gateway } = await start()
    await gateway.stop()
  }, PATIENCE)

  test.each([
    ['of a process that is gone', 'dead'],
    ['of a process whose number another one has now', 'reused'],
    ['that holds links, but not what they lead to', 'links'],
  ])('removes a folder %s', (_, name) => {
    expect(existsSync(folders[name] ?? '')).toBe(false)
    expect(elsewhere.read('precious/file')).toBe('x')
  })

  test.each([
    ['of a process that lives', 'living'],
    ['of a process in another container', 'container'],
    ['that is a link', 'link'],
    ['with folders in it', 'nested'],
  ])('leaves a folder %s', (_, name) => {
    expect(lstatSync(folders[name] ?? '').isFile()).toBe(false)
    expect(elsewhere.read('precious/file')).toBe('x')
  })

  test.runIf(process.getuid?.() === 0)('leaves a folder of another account', () => {
    expect(readdirSync(folders.foreign ?? '')).toEqual(['zones.sqlite'])
  })
})

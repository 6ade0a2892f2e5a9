import { spawnSync } from 'node:child_process'
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { onCleanup } from '../harness/cleanup.ts'
import type { Gateway } from '../harness/gateway.ts'
import { load } from '../harness/load.ts'
import { get } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { until } from '../harness/wait.ts'
import { PATIENCE, scale } from './scale.ts'

const REQUESTS = scale(3000, 100_000)
/** By what the lines of each log begin. */
const BEGINS = [
  ['access.log', /127\.0\.0\.1 - - \[/],
  ['error.log', /\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d \[/],
] as const
const missing = diskMissing()

test.skipIf(missing)(
  `requests are served while logs have no room${missing ? ` (${missing})` : ''}`,
  async () => {
    const disk = mountTiny()
    const gateway = await startGateway({
      yaml: `
worker_processes: 2
error_log: [${disk}/error.log debug, error.log notice]
http:
  access_log: ${disk}/access.log
  server:
    - listen: 127.0.0.1:%%PORT%%
      location: { /: { return: 200 ok } }
`,
      env: { TMPDIR: disk },
      expected: [/No space left on device/],
    })
    const { ok, failures } = await load({
      target: gateway.port(),
      connections: 8,
      requests: REQUESTS,
    })
    expect({ ok, failures }).toEqual({ ok: REQUESTS, failures: {} })
    for (const name of ['access.log', 'error.log']) {
      await gateway.logged(new RegExp(`${disk}/${name}" failed \\(28: No space left on device\\)`))
    }
    // One line a minute for each of two files, from each of three processes.
    const told = gateway.errorLog().match(/No space left on device/g)?.length ?? 0
    expect(told).toBeLessThanOrEqual(6)
    // A heap profile that has no room is not left in part.
    gateway.signal('SIGURG')
    await until('profiles to begin', () => begun(gateway) === 2)
    gateway.signal('SIGURG')
    await until(
      'their end',
      () => gateway.errorLog().match(/heap profile .* failed \(28/g)?.length === 2,
    )
    expect(readdirSync(disk).filter((name) => name.endsWith('.heapprofile'))).toEqual([])
    // Room again: what is written from now on is there.
    rmSync(`${disk}/filler`)
    gateway.signal('SIGUSR1')
    await until('lines', async () => {
      await get(gateway.port(), '/later')
      return readFileSync(`${disk}/access.log`, 'utf8').includes('/later')
    })
    expect(gateway.workers()).toHaveLength(2)
    // The lines that had room in part stand alone. Only a process that wrote a moment before and
    // met no full disk itself may not have looked, once, and only the master wrote so little.
    for (const [name, begin] of BEGINS) {
      const joined = readFileSync(`${disk}/${name}`, 'utf8')
        .split('\n')
        .filter((line) => line.split(begin).length > 2)
      const byTheMaster = new RegExp(`${begin.source}[^\\n]* ${gateway.pid}#`)
      expect(joined.filter((line) => !byTheMaster.test(line))).toEqual([])
      expect(joined.length).toBeLessThanOrEqual(1)
    }
    await gateway.stop()
  },
  PATIENCE,
)

function begun(gateway: Gateway): number {
  return gateway.errorLog().match(/heap profile begun/g)?.length ?? 0
}

/** A disk of 256 KB that is full but for one block. */
function mountTiny(): string {
  const disk = path.join(tmpdir(), `gateway-disk-${process.pid}`)
  mkdirSync(disk)
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', disk])
  onCleanup(() => {
    // Whoever holds a file there has been ended before: gateways are released first.
    if (status === 0) spawnSync('umount', ['-l', disk])
    rmSync(disk, { recursive: true, force: true })
  })
  if (status !== 0) throw new Error(`mount: ${stderr}`)
  const filler = openSync(`${disk}/filler`, 'w')
  for (let kilobytes = 0; kilobytes < 248; kilobytes += 4) writeSync(filler, Buffer.alloc(4096))
  closeSync(filler)
  return disk
}

/** Why no disk of our own can be had here; undefined where it can. */
function diskMissing(): string | undefined {
  if (process.getuid?.() !== 0) return 'mounting needs root'
  // In a namespace of its own, so that the question leaves nothing behind.
  const probe = spawnSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'])
  return probe.status === 0 ? undefined : 'nothing can be mounted here'
}

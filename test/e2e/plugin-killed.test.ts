import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readLock } from '../../src/packages/store/lock.ts'
import { faultOfHome, Store } from '../../src/packages/store/store.ts'
import { COMMAND, ensureBuilt } from '../harness/build.ts'
import { runCommand } from '../harness/command.ts'
import { pluginSite, type Site } from '../harness/plugin-site.ts'

/** The changes of the disk around the one that counts are tried one by one, of the others some. */
const LAST = 12
const STRIDE = 5
const PATIENCE = 240_000

/** Kills the command, though nothing it has started, before the given change of the disk. */
const KILLER = `import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
let left = Number(process.env.KILL_AT)
process.on('exit', () => {
  if (process.argv.includes('install')) process.stdout.write(\`changes: \${-left}\`)
})
const names = ['mkdirSync', 'mkdtempSync', 'openSync', 'writeFileSync', 'fsyncSync', 'renameSync', 'rmSync']
for (const name of names) {
  const real = fs[name]
  fs[name] = (...args) => {
    const changes = name !== 'openSync' || args[1] === 'w'
    if (changes && process.argv.includes('install') && --left === 0) process.kill(process.pid, 'SIGKILL')
    return real.apply(fs, args)
  }
}
syncBuiltinESMExports()`

/** How a run has ended; how many changes it has made, where it was not killed. */
async function run(site: Site, killAt: number, source: string) {
  const words = [join(site.dir, 'killer.mjs'), COMMAND, 'plugin', 'install', '--yes', source]
  const child = spawn(process.execPath, ['--import', ...words], {
    cwd: site.dir,
    env: { ...process.env, KILL_AT: `${killAt}` },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  let text = ''
  child.stdout.on('data', (part) => {
    text += part
  })
  const signal = await new Promise((resolve) => child.once('close', (_, how) => resolve(how)))
  return { signal, changes: Number(/changes: (\d+)$/.exec(text)?.[1] ?? 0) }
}

function checkInstalled(site: Site): void {
  const store = new Store(site.dir)
  for (const [name, locked] of readLock(site.dir)) {
    expect(faultOfHome(store.home(name, locked), locked)).toBeUndefined()
  }
}

test('an install that is killed before any of its changes leaves all as it was', {
  timeout: PATIENCE,
}, async () => {
  await ensureBuilt()
  const site = pluginSite()
  writeFileSync(join(site.dir, 'killer.mjs'), KILLER)
  const { changes } = await run(site, 0, site.folder('a', { plugin: 'a' }))
  const before = site.lock()
  const source = site.folder('b', { plugin: 'b' })
  const moments = Array.from({ length: changes }, (_, i) => i + 1).filter((each) => {
    return each % STRIDE === 0 || each > changes - LAST
  })
  let done = 0
  for (const moment of moments) {
    const { signal } = await run(site, moment, source)
    checkInstalled(site)
    if (site.lock() === before) {
      expect(signal).toBe('SIGKILL')
      done++
      continue
    }
    // From one rename on it is installed: as a whole, and for good.
    expect(Object.keys(JSON.parse(site.lock()).plugins)).toEqual(['a', 'b'])
    break
  }
  expect(done).toBeGreaterThan(LAST / 2)
  expect(site.lock()).not.toBe(before)
  expect((await runCommand(['-t'], { cwd: site.dir })).code).toBe(0)
  // Nothing is in the way of the next one, and nothing is left behind by it.
  expect((await site.plugin('install', '--yes', source)).code).toBe(0)
  expect(site.stored().map((each) => each.replace(/-[0-9a-f]+$/, ''))).toEqual([
    'a@1.0.0',
    'b@1.0.0',
  ])
})

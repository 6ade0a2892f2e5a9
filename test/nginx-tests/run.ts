// npm run nginx-tests -- DIR [files]: runs nginx's public test suite, a checkout of which is in DIR,
// against the built gateway; prints passed of planned by area, and every subtest that failed.
import { spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { NGINX_VERSION } from '../../src/base/version.ts'
import { areaOf } from './areas.ts'
import { type Outcome, readTap } from './tap.ts'

/** Longer than any file takes with nginx, in milliseconds. */
const PATIENCE = 120_000
const COMMAND = fileURLToPath(new URL('../../dist/main.js', import.meta.url))

const [folder, ...named] = process.argv.slice(2)
if (folder === undefined) {
  console.error('usage: npm run nginx-tests -- DIR [files], DIR is a checkout of nginx-tests')
  process.exit(2)
}
const scratch = mkdtempSync(join(tmpdir(), 'nginx-tests-'))
// Its workers may run as another user.
chmodSync(scratch, 0o755)
const binary = standIn()
try {
  const files = named.length > 0 ? named.map((each) => basename(each)) : suite(folder)
  const outcomes = new Map<string, Outcome>()
  for (const file of files) {
    const outcome = await runFile(resolve(folder), file)
    outcomes.set(file, outcome)
    tell(file, outcome)
  }
  summarize(outcomes)
} finally {
  rmSync(scratch, { recursive: true, force: true })
}

function suite(dir: string): string[] {
  return readdirSync(dir)
    .filter((name) => name.endsWith('.t'))
    .sort()
}

/** The suite runs one word, without arguments, and waits for the very process. */
function standIn(): string {
  const path = join(scratch, 'nginx')
  writeFileSync(path, `#!/bin/sh\nexec "${process.execPath}" "${COMMAND}" "$@"\n`, { mode: 0o755 })
  return path
}

async function runFile(cwd: string, file: string): Promise<Outcome> {
  const temp = mkdtempSync(join(scratch, 't-'))
  chmodSync(temp, 0o755)
  const env = {
    ...process.env,
    TMPDIR: temp,
    TEST_NGINX_BINARY: binary,
    // Some tests look for nginx by its name.
    TEST_NGINX_GLOBALS_HTTP: `server_identity nginx/${NGINX_VERSION};`,
  }
  const child = spawn('perl', [file], {
    cwd,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  let text = ''
  child.stdout.setEncoding('latin1').on('data', (part: string) => {
    text += part
  })
  const timer = setTimeout(() => endGroup(child.pid), PATIENCE)
  await new Promise((done) => child.once('exit', done))
  clearTimeout(timer)
  // Whatever it has left behind.
  endGroup(child.pid)
  rmSync(temp, { recursive: true, force: true })
  return readTap(text)
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // Nobody is left.
  }
}

function tell(file: string, { planned, passed, failed, skipped }: Outcome): void {
  console.log(
    `${file}: ${skipped === undefined ? `${passed} of ${planned}` : `skipped, ${skipped}`}`,
  )
  for (const each of failed) console.log(`  failed: ${each}`)
  const missing = planned - passed - failed.length
  if (skipped === undefined && missing > 0) console.log(`  not run: ${missing}`)
}

function summarize(outcomes: ReadonlyMap<string, Outcome>): void {
  const sums = new Map<string, { passed: number; planned: number }>()
  for (const [file, { passed, planned, skipped }] of outcomes) {
    if (skipped !== undefined) continue
    for (const area of [areaOf(file), 'all']) {
      const sum = sums.get(area) ?? { passed: 0, planned: 0 }
      sums.set(area, { passed: sum.passed + passed, planned: sum.planned + planned })
    }
  }
  console.log()
  for (const [area, { passed, planned }] of [...sums].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const share = planned === 0 ? 0 : Math.floor((passed * 100) / planned)
    console.log(`${area.padEnd(40)} ${passed} of ${planned} (${share} %)`)
  }
}

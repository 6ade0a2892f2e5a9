import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { until } from './wait.ts'

/** The repository's root. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** The built command. */
export const COMMAND = path.join(ROOT, 'dist/main.js')

const STAMP = path.join(ROOT, 'dist/.built')
const SOURCES = [
  'src',
  'sandbox',
  'build.mjs',
  'package.json',
  'tsconfig.json',
  'tsconfig.build.json',
]

let built: Promise<void> | undefined

/**
 * Builds `dist` when a source is younger than it; at most one process builds, the others wait.
 * `GATEWAY_BUILT=1` takes `dist` as it is.
 */
export function ensureBuilt(): Promise<void> {
  built ??= process.env.GATEWAY_BUILT === '1' ? Promise.resolve() : buildIfStale()
  return built
}

async function buildIfStale(): Promise<void> {
  if (!isStale()) return
  const lock = await until('the build lock', takeLock, 180_000)
  try {
    if (isStale()) build()
  } finally {
    lock.close()
  }
}

/** An abstract socket name is a lock the system releases with its process, however that ends. */
function takeLock(): Promise<net.Server | undefined> {
  return new Promise((resolve) => {
    const server = net.createServer()
    server.once('error', () => resolve(undefined))
    server.listen(`\0gateway-build:${ROOT}`, () => resolve(server))
  })
}

function build(): void {
  const started = new Date()
  const { status, stdout, stderr } = spawnSync('npm', ['run', '--silent', 'build'], {
    cwd: ROOT,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`the build failed:\n${stdout}${stderr}`)
  writeFileSync(STAMP, '')
  // What was edited while the build ran is not in it.
  utimesSync(STAMP, started, started)
}

function isStale(): boolean {
  if (!existsSync(COMMAND)) return true
  const { mtimeMs } = statSync(existsSync(STAMP) ? STAMP : COMMAND)
  return SOURCES.some((each) => newest(path.join(ROOT, each)) > mtimeMs)
}

function newest(file: string): number {
  const facts = statSync(file, { throwIfNoEntry: false })
  if (facts === undefined) return 0
  if (!facts.isDirectory()) return facts.mtimeMs
  const entries = readdirSync(file).map((name) => newest(path.join(file, name)))
  return Math.max(0, ...entries)
}

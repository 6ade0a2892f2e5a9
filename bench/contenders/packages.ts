import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'

/** What only the bench needs stays outside of the repository, so that `npm ci` needs no compiler. */
const FOLDER = path.join(tmpdir(), 'gateway-bench-packages')

/** Some build native code, on one of few processors. */
const PATIENCE = 15 * 60_000

/** Where the bench's own packages can be imported from. */
export const benchRequire = createRequire(path.join(FOLDER, 'index.js'))

const failed = new Map<string, string>()

/** Installs a package, `name@version`, unless it is there; why it cannot be, where it cannot. */
export function installPackage(name: string, specifier: string): string | undefined {
  if (existsSync(path.join(FOLDER, 'node_modules', name, 'package.json'))) return undefined
  const known = failed.get(specifier)
  if (known !== undefined) return known
  mkdirSync(FOLDER, { recursive: true })
  const manifest = path.join(FOLDER, 'package.json')
  if (!existsSync(manifest)) writeFileSync(manifest, '{ "private": true }')
  console.error(`bench: installing ${specifier} in ${FOLDER}`)
  const { status } = spawnSync('npm', ['install', '--no-audit', '--no-fund', specifier], {
    cwd: FOLDER,
    stdio: ['ignore', 'ignore', 'ignore'],
    timeout: PATIENCE,
  })
  if (status === 0) return undefined
  const why = `npm install ${specifier} failed in ${FOLDER}`
  failed.set(specifier, why)
  return why
}

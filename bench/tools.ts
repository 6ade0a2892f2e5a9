import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const SETUP = fileURLToPath(new URL('./setup', import.meta.url))

/** Makes sure that the programs the bench compares and loads with are there. */
export function requireTools(): void {
  const { status } = spawnSync(SETUP, { stdio: 'inherit' })
  if (status !== 0) throw new Error('the programs above are needed; see bench/setup')
}

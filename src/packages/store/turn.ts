import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { codeOf } from '../../base/system-error.ts'
import { LIMITS } from '../limits.ts'
import { cannot } from '../package-error.ts'

/** How often it is tried, in milliseconds. */
const PAUSE = 50

/**
 * Waits for the turn of changing a store: one process at a time has it. The system takes it back
 * from a process that is killed, since it is a lock on a file that SQLite holds.
 */
export async function takeTurn(store: string, onWait: () => void): Promise<Disposable> {
  mkdirSync(store, { recursive: true, mode: 0o755 })
  const { default: Database } = await import('better-sqlite3')
  const database = new Database(join(store, '.turn'), { timeout: 0 })
  const until = performance.now() + LIMITS.turn
  for (let tries = 0; ; tries++) {
    try {
      database.exec('BEGIN EXCLUSIVE')
      return { [Symbol.dispose]: () => database.close() }
    } catch (error) {
      if (codeOf(error) !== 'SQLITE_BUSY' || performance.now() > until) {
        database.close()
        const mend = 'see that the folder can be written to, and that no other command hangs'
        throw cannot(`plugins in ${store} cannot be changed (${(error as Error).message})`, mend)
      }
    }
    if (tries === 0) onWait()
    await wait(PAUSE)
  }
}

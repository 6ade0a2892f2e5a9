import { createRequire } from 'node:module'

/** Whether better-sqlite3 has no native part here: nothing can be shared then. */
export const sqliteMissing: boolean = !loads()

function loads(): boolean {
  try {
    const Database = createRequire(import.meta.url)('better-sqlite3')
    new Database(':memory:').close()
    return true
  } catch {
    return false
  }
}

import { readFileSync, statSync } from 'node:fs'
import { openable } from 'gateway/plugin'

/** Users and what is stored of their passwords, as byte strings. */
export type Users = ReadonlyMap<string, string>

interface Kept {
  readonly stamp: string
  readonly users: Users
}

/** Files that are kept; then all are read anew. */
const MOST_FILES = 64
/** A file of more is no list of users. */
const LARGEST = 16 * 2 ** 20
const kept = new Map<string, Kept>()

/** The users of a file as it is now; throws what the system says. */
export function usersOf(path: string): Users {
  const { ctimeMs, ino, mtimeMs, size } = statSync(openable(path))
  const stamp = `${ino} ${mtimeMs} ${ctimeMs} ${size}`
  const known = kept.get(path)
  if (known?.stamp === stamp) return known.users
  if (size > LARGEST) throw Object.assign(new Error(`EFBIG: "${path}"`), { code: 'EFBIG' })
  const users = parse(readFileSync(openable(path), 'latin1'))
  if (kept.size >= MOST_FILES) kept.clear()
  kept.set(path, { stamp, users })
  return users
}

/** `user:password:comment` on each line; the first of a user counts. */
function parse(text: string): Users {
  const users = new Map<string, string>()
  for (const line of text.split('\n')) {
    const parts = /^([^#\r:][^:]*):([^:\r]*)/.exec(line)
    const [, user = '', password = ''] = parts ?? []
    if (parts && !users.has(user)) users.set(user, password)
  }
  return users
}

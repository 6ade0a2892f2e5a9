import { readFileSync } from 'node:fs'
import type { FileOwner } from '../../storage/log/appending-file.ts'

/** The user and group workers run as. */
export interface Account extends FileOwner {
  readonly user: string
}

/**
 * Looks up what `user` says; names and numbers are both taken. Without a group the user's own
 * counts. Throws for unknown names, in nginx's words.
 */
export function findAccount(user: string, group: string | undefined): Account {
  const entry = find('/etc/passwd', user)
  if (!entry) throw new Error(`getpwnam("${user}") failed: there is no such user`)
  if (group === undefined)
    return { user: entry[0] ?? user, uid: Number(entry[2]), gid: Number(entry[3]) }
  const members = find('/etc/group', group)
  if (!members) throw new Error(`getgrnam("${group}") failed: there is no such group`)
  return { user: entry[0] ?? user, uid: Number(entry[2]), gid: Number(members[2]) }
}

/** Gives up root's rights for good. The order matters: after setuid nothing else is allowed. */
export function becomeAccount(account: Account): void {
  // Known to Node, not to its types.
  const { initgroups } = process as { initgroups?: (user: string, group: number) => void }
  initgroups?.call(process, account.user, account.gid)
  process.setgid?.(account.gid)
  process.setuid?.(account.uid)
}

export function isRoot(): boolean {
  return process.geteuid?.() === 0
}

function find(file: string, wanted: string): string[] | undefined {
  const rows = readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
  return rows.find(([name]) => name === wanted) ?? rows.find((row) => row[2] === wanted)
}

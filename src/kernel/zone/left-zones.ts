import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  rmdirSync,
  unlinkSync,
} from 'node:fs'
import { join } from 'node:path'
import { codeOf } from '../log/system-error.ts'
import { startTimeOf } from '../process/start-time.ts'

/** Numbers of the process namespace, the master and its start; then what makes the name unique. */
const NAME = /^gateway-zones-(\d+)-(\d+)-(\d+)-\w{6}$/

const UNKNOWN = '0'

/** How the name of this process's zone directory begins. It tells later ones whose it was. */
export function zonePrefix(): string {
  return `gateway-zones-${namespace()}-${process.pid}-${startTimeOf(process.pid) ?? UNKNOWN}-`
}

/**
 * Removes the zone directories in `parent` that killed masters have left behind, if one of these
 * accounts owns them. Others, and what only looks like one, stay. Never throws.
 */
export function removeLeftZones(parent: string, accounts: readonly number[]): void {
  const here = namespace()
  if (here === UNKNOWN) return
  for (const name of namesIn(parent)) {
    const [, where, pid, start = UNKNOWN] = NAME.exec(name) ?? []
    // In another container the same number is another process.
    if (where !== here || start === UNKNOWN) continue
    if (!mayLive(Number(pid), start)) removeZones(join(parent, name), accounts)
  }
}

/** Removes a zone directory and the files in it, if one of these accounts owns it. Never throws. */
export function removeZones(directory: string, accounts: readonly number[]): void {
  try {
    const fd = openSync(directory, constants.O_DIRECTORY | constants.O_NOFOLLOW)
    try {
      // Everything by descriptor: its owner could put a link to elsewhere in its place meanwhile.
      if (accounts.includes(fstatSync(fd).uid)) empty(`/proc/self/fd/${fd}`)
      else return
    } finally {
      closeSync(fd)
    }
    rmdirSync(directory)
  } catch {
    // Somebody else was faster, or it is no directory of ours.
  }
}

function empty(directory: string): void {
  for (const name of readdirSync(directory)) unlinkSync(join(directory, name))
}

/** True as well where that cannot be told, as of other accounts' processes on some systems. */
function mayLive(pid: number, start: string): boolean {
  const now = startTimeOf(pid)
  if (now !== undefined) return now === start
  try {
    process.kill(pid, 0)
    return false
  } catch (error) {
    return codeOf(error) !== 'ESRCH'
  }
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}

/** The digits in `pid:[4026531836]`. */
function namespace(): string {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? UNKNOWN
  } catch {
    return UNKNOWN
  }
}

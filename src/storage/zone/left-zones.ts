import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readdirSync,
  rmdirSync,
  unlinkSync,
} from 'node:fs'
import { join } from 'node:path'
import { isDead, processMark } from '../../base/process-mark.ts'

/** The master's mark; then what makes the name unique. */
const NAME = /^gateway-zones-(\d+-\d+-\d+)-\w{6}$/

/** How the name of this process's zone directory begins. It tells later ones whose it was. */
export function zonePrefix(): string {
  return `gateway-zones-${processMark()}-`
}

/**
 * Removes the zone directories in `parent` that killed masters have left behind, if one of these
 * accounts owns them. Others, and what only looks like one, stay. Never throws.
 */
export function removeLeftZones(parent: string, accounts: readonly number[]): void {
  for (const name of namesIn(parent)) {
    const mark = NAME.exec(name)?.[1]
    if (mark !== undefined && isDead(mark)) removeZones(join(parent, name), accounts)
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

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}

import { accessSync, chownSync, constants, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { removeLeftZones, removeZones, zonePrefix } from './left-zones.ts'

/** By this variable the workers of a master find the directory. */
export const ZONES = 'GATEWAY_ZONES'
const MEMORY = '/dev/shm'

/**
 * Makes the private directory this master's workers share their zones in; it is gone when this
 * process exits. `owner` is the account of the workers, where it is another one. Directories of
 * masters that were killed together with their workers are removed.
 */
export function createZoneDirectory(owner?: {
  readonly uid: number
  readonly gid: number
}): string {
  const accounts = [process.geteuid?.() ?? -1, ...(owner ? [owner.uid] : [])]
  const parent = memoryDirectory()
  removeLeftZones(parent, accounts)
  const directory = mkdtempSync(join(parent, zonePrefix()))
  if (owner) chownSync(directory, owner.uid, owner.gid)
  process.env[ZONES] = directory
  process.once('exit', () => removeZones(directory, accounts))
  return directory
}

/** The directory of this worker's master; undefined where nothing is shared. */
export function zoneDirectory(): string | undefined {
  return process.env[ZONES]
}

/**
 * A worker whose master was killed leaves nothing behind in its place. Others that have the zones
 * open keep them until they leave, too.
 */
export function removeZonesOfDeadMaster(directory: string): void {
  process.once('exit', () => {
    if (process.connected === false) removeZones(directory, [process.geteuid?.() ?? -1])
  })
}

/** A memory file system if there is one: zones are never needed after a restart. */
function memoryDirectory(): string {
  try {
    accessSync(MEMORY, constants.W_OK)
    return MEMORY
  } catch {
    return tmpdir()
  }
}

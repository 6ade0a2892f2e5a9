import { randomInt } from 'node:crypto'
import { closeSync, constants, fchownSync, fstatSync, mkdirSync, openSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { processMark } from '../../base/process-mark.ts'
import { codeOf, describeSystemError } from '../../base/system-error.ts'
import type { FileOwner } from '../log/appending-file.ts'

const { O_DIRECTORY, O_NOFOLLOW, O_RDONLY } = constants
/** Digits of a file's name. */
const DIGITS = 10
const NUMBERS = 10 ** DIGITS
/** Only the workers look into these folders. */
const MODE = 0o700
/** Marks a folder that everybody shares, such as /tmp. */
const STICKY = 0o1000

/** Whose a file is that carries its process in its name: it may go when that is dead. */
export const OWNED_NAME: RegExp = /^\d{10}-(\d+-\d+-\d+)$/
/** A folder of a level. */
export const LEVEL_NAME: RegExp = /^\d{1,3}$/

/** `owned` by this process and gone with it, or `kept` for whoever removes it. */
export type Naming = 'owned' | 'kept'

/** A folder for temporary files. Their names are numbers, as nginx's are. */
export class TempFolder {
  readonly path: string
  readonly levels: readonly number[]
  // Files that were kept are not met again after a restart, nor are other workers'.
  #number = randomInt(NUMBERS)

  constructor(path: string, levels: readonly number[]) {
    this.path = path
    this.levels = levels
  }

  /** A path nobody has had from here. The last digits name its folders, as in nginx. */
  newName(naming: Naming): string {
    this.#number = (this.#number + 1) % NUMBERS
    const digits = String(this.#number).padStart(DIGITS, '0')
    let end = DIGITS
    const folders = this.levels.map((level) => {
      end -= level
      return digits.slice(end, end + level)
    })
    const name = naming === 'owned' ? `${digits}-${processMark()}` : digits
    return join(this.path, ...folders, name)
  }

  /** Makes the folders of levels that a file needs; never the folder itself, as in nginx. */
  makeLevels(file: string): void {
    const missing: string[] = []
    for (let each = dirname(file); each !== this.path; each = dirname(each)) missing.unshift(each)
    for (const each of missing) makeFolder(each)
  }
}

/**
 * Makes what is missing of these folders, and gives them to the account of the workers. What
 * cannot be made is warned of: it fails the requests that need it.
 */
export function createTempFolders(
  folders: readonly TempFolder[],
  owner: FileOwner | undefined,
  warn: (text: string) => void,
): void {
  for (const { path } of folders) {
    try {
      const made = makeFolder(path)
      if (owner) give(path, owner, made)
    } catch (error) {
      warn(`mkdir() "${path}" failed ${describeSystemError(error)}`)
    }
  }
}

/** Returns whether it was not there. */
function makeFolder(path: string): boolean {
  try {
    mkdirSync(path, MODE)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}

function give(path: string, { uid, gid }: FileOwner, made: boolean): void {
  // By descriptor: a link in its place must not lead elsewhere.
  const fd = openSync(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
  try {
    const found = fstatSync(fd)
    const shared = !made && (found.mode & STICKY) !== 0
    if (found.uid !== uid && !shared) fchownSync(fd, uid, gid)
  } finally {
    closeSync(fd)
  }
}

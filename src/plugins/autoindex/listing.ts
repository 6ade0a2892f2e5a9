import { lstat, opendir, stat } from 'node:fs/promises'
import { codeOf, describeSystemError, type Exchange, openable } from 'gateway/plugin'

/** One name in a folder, as a byte string. */
export interface Listed {
  readonly name: string
  readonly kind: 'directory' | 'file' | 'other'
  /** Seconds since the epoch. */
  readonly modified: number
  readonly size: number
}

/** More names than that are not shown: the page would be of no use, and take memory. */
export const MOST_NAMES = 100_000
/** So many are looked at at once. */
const TOGETHER = 32

/** What is in a folder but hidden names, folders first, by their bytes; throws what the system says. */
export async function list(x: Exchange, path: string): Promise<readonly Listed[]> {
  const names: string[] = []
  for await (const { name } of await opendir(openable(path) as string, { encoding: 'latin1' })) {
    if (name.startsWith('.')) continue
    if (names.length === MOST_NAMES) throw tooMany(path)
    names.push(name)
  }
  const found: Listed[] = []
  for (let i = 0; i < names.length; i += TOGETHER) {
    const looks = names.slice(i, i + TOGETHER).map((name) => lookAt(x, path, name))
    for (const listed of await Promise.all(looks)) if (listed) found.push(listed)
  }
  return found.sort(compare)
}

function tooMany(path: string): Error {
  return Object.assign(new Error(`EFBIG: more than ${MOST_NAMES} names in "${path}"`), {
    code: 'EFBIG',
  })
}

async function lookAt(x: Exchange, folder: string, name: string): Promise<Listed | undefined> {
  try {
    const stats = await stat(openable(folder + name))
    const kind = stats.isDirectory() ? 'directory' : stats.isFile() ? 'file' : 'other'
    return { name, kind, modified: Math.floor(stats.mtimeMs / 1000), size: stats.size }
  } catch (error) {
    // A link that leads nowhere is shown, as in nginx; what just went is not.
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ELOOP') return lookAtLink(folder, name)
    x.log('crit', `stat() "${folder}${name}" failed ${describeSystemError(error)}`)
    return undefined
  }
}

async function lookAtLink(folder: string, name: string): Promise<Listed | undefined> {
  try {
    const { mtimeMs, size } = await lstat(openable(folder + name))
    return { name, kind: 'other', modified: Math.floor(mtimeMs / 1000), size }
  } catch {
    return undefined
  }
}

function compare(a: Listed, b: Listed): number {
  const folders = Number(b.kind === 'directory') - Number(a.kind === 'directory')
  return folders || (a.name < b.name ? -1 : 1)
}

import type { Dirent } from 'node:fs'
import { lstat, opendir, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { isDead } from '../../base/process-mark.ts'
import { LEVEL_NAME, OWNED_NAME, type TempFolder } from './temp-folder.ts'

/**
 * Removes the files that killed processes of this account have left in these folders. Those that
 * were to be kept, and what is not the gateway's, stay. Never rejects.
 */
export async function removeLeftFiles(folders: readonly TempFolder[]): Promise<void> {
  for (const { path, levels } of folders) await removeIn(path, levels.length)
}

async function removeIn(folder: string, depth: number): Promise<void> {
  try {
    // Entry by entry: there may be any number of files that were kept.
    for await (const entry of await opendir(folder)) {
      const path = join(folder, entry.name)
      if (isLeft(entry)) await removeOwn(path)
      else if (depth > 0 && entry.isDirectory() && LEVEL_NAME.test(entry.name)) {
        await removeIn(path, depth - 1)
      }
    }
  } catch {
    // Not there, or not readable: nothing was left there by this account.
  }
}

function isLeft(entry: Dirent): boolean {
  const mark = OWNED_NAME.exec(entry.name)?.[1]
  return mark !== undefined && entry.isFile() && isDead(mark)
}

async function removeOwn(path: string): Promise<void> {
  try {
    if ((await lstat(path)).uid === process.geteuid?.()) await unlink(path)
  } catch {
    // Another worker was faster.
  }
}

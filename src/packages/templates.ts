import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { KindName } from './project/kinds.ts'

/** From the sources or from the built program, two levels deep both. */
const FOLDER = fileURLToPath(new URL('../../packaging/templates', import.meta.url))

/** The files a project of this kind begins with, texts by name. */
export function templateOf(kind: KindName): Readonly<Record<string, string>> {
  const folder = join(FOLDER, kind)
  return Object.fromEntries(
    readdirSync(folder).map((file) => [file, readFileSync(join(folder, file), 'utf8')]),
  )
}

import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { MANIFEST, readManifest } from '../manifest/manifest.ts'
import { cannot } from '../package-error.ts'

/** The entry of the plugin in a folder, an absolute path. Throws where the manifest is wrong. */
export function entryOf(folder: string): string {
  const file = join(resolve(folder), MANIFEST)
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    const mend = 'name the folder of a plugin, with its package.json'
    throw cannot(`${file} cannot be read (${(error as Error).message})`, mend, error)
  }
  return join(resolve(folder), readManifest(text, folder).entry)
}

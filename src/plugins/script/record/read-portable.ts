import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { VERSION } from 'gateway/plugin'

/** Written when the program is built. */
const BUILT = fileURLToPath(new URL('./portable.js', import.meta.url))

/** `gateway/plugin` as scripts have it: from the built program's file, or made of its sources. */
export function readPortable(): Promise<string> {
  known ??= read()
  return known
}

let known: Promise<string> | undefined

async function read(): Promise<string> {
  if (existsSync(BUILT)) return readFileSync(BUILT, 'utf8')
  const { portableSource } = await import('./portable-source.ts')
  return portableSource(VERSION)
}

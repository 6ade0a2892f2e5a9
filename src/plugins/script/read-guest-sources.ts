import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { GuestSources } from '../../../sandbox/guest/bootstrap.ts'

/** Written when the program is built. */
const BUILT = fileURLToPath(new URL('./guest.json', import.meta.url))

/** The web API that scripts see: from the built program's file, or made of its sources. */
export async function readGuestSources(): Promise<GuestSources> {
  if (existsSync(BUILT)) return JSON.parse(readFileSync(BUILT, 'utf8')) as GuestSources
  const { guestSources } = await import('../../../sandbox/guest/sources.ts')
  return guestSources()
}

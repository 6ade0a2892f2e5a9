import type { GuestSources } from './bootstrap.ts'
import { moduleSources, partSource } from './build.ts'
import { PARTS } from './part-names.ts'

/** Compiles the web API: modules and parts. */
export async function guestSources(): Promise<GuestSources> {
  const parts = PARTS.map(async (name) => [name, await partSource(name)] as const)
  return { modules: await moduleSources(), parts: Object.fromEntries(await Promise.all(parts)) }
}

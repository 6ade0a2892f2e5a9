import { bootstrap, partSource } from './build.ts'
import { PARTS, type PartName } from './part-names.ts'

/** The web API in a form that can be kept: made once, when the program is built. */
export interface GuestSources {
  /** Bootstraps by their parts, with commas between: scripts to be evaluated in turn. */
  readonly bootstraps: Readonly<Record<string, readonly string[]>>
  /** Each part by itself, for a script that does not name it. */
  readonly parts: Readonly<Record<string, string>>
}

/** Makes a bootstrap for each choice of parts, and the parts themselves. */
export async function guestSources(): Promise<GuestSources> {
  const choices: PartName[][] = [[]]
  for (const part of PARTS) {
    // Nothing is rewritten without streams.
    const fitting = part === 'html' ? choices.filter((each) => each.includes('streams')) : choices
    choices.push(...fitting.map((each) => [...each, part]))
  }
  const bootstraps = choices.map(async (each) => [each.join(), await bootstrap(each)] as const)
  const parts = PARTS.map(async (name) => [name, await partSource(name)] as const)
  return {
    bootstraps: Object.fromEntries(await Promise.all(bootstraps)),
    parts: Object.fromEntries(await Promise.all(parts)),
  }
}

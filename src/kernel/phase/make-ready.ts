import { ConfigError } from '../directive/mark.ts'
import type { Plan, Readying } from './plan.ts'

/** What came of making a plan ready. */
export interface Readied {
  readonly errors: readonly ConfigError[]
  /** What the workers are handed: a text, or none, for each of `plan.readying`. */
  readonly handed: readonly (string | undefined)[]
}

/** Makes everything ready that plugins of a plan have to. */
export async function makeReady({ handed, readying }: Plan): Promise<Readied> {
  const ended = await Promise.all(readying.map((each, i) => attempt(each, handed[i])))
  return {
    errors: ended.filter((each) => each instanceof ConfigError),
    handed: ended.map((each) => (each instanceof ConfigError ? undefined : each)),
  }
}

async function attempt(
  { mark, plugin, run }: Readying,
  handed: string | undefined,
): Promise<string | undefined | ConfigError> {
  try {
    return await run(handed)
  } catch (error) {
    if (error instanceof ConfigError) return error
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    return new ConfigError(mark, `plugin "${plugin}" failed: ${text}`)
  }
}

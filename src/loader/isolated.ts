import type { AnyPlugin } from '../kernel/plugin-record.ts'
import type { LockedBundle } from './bundle.ts'
import { asPlugin, problemOf } from './check-plugin.ts'
import { isolationFailed, notAPlugin, nothingIsolates } from './plugin-error.ts'

/** A plugin that is to run apart from the gateway. */
export interface IsolatedSource {
  /** Its file, absolute; of an installed one, how messages name it. */
  readonly source: string
  /** The bundle of an installed one, and what it has to be. */
  readonly path?: string
  readonly locked?: LockedBundle
  /** The folder for what is made of it. */
  readonly cache: string
  /** What was made of it in the master; undefined there. */
  readonly handed: string | undefined
}

/** Has a plugin file loaded by whichever of the built-in plugins can keep it apart. */
export async function isolated(
  from: IsolatedSource,
  ours: readonly AnyPlugin[],
): Promise<{ readonly plugin: AnyPlugin; readonly bundle: IsolatedSource }> {
  const { cache, handed, locked, path, source } = from
  const keeper = ours.find(({ isolate }) => isolate)
  if (!keeper?.isolate) throw nothingIsolates(source)
  try {
    const installed = locked && {
      name: `${locked.name}@${locked.version}`,
      granted: locked.granted,
    }
    const made = await keeper.isolate(path ?? source, cache, handed, installed)
    const problem = problemOf(made.plugin)
    if (problem) throw notAPlugin(source, problem)
    return { plugin: asPlugin(made.plugin), bundle: { ...from, handed: made.handed } }
  } catch (error) {
    throw isolationFailed(source, error)
  }
}

import { resolve } from 'node:path'
import { ConfigError } from '../kernel/directive/mark.ts'
import { makeReady as makePlanReady } from '../kernel/phase/make-ready.ts'
import type { Plan } from '../kernel/phase/plan.ts'
import type { AnyPlugin } from '../kernel/plugin-record.ts'
import { type Compiled, compile as compileTree } from './compile.ts'
import { ConfigErrors, formatAll } from './config-errors.ts'
import { readGlobals } from './globals.ts'
import type { Overlay } from './load-file.ts'
import { type PluginUses, pluginUses as usesOf } from './plugin-uses.ts'
import { SourceReader } from './source-reader.ts'
import type { ConfigTree } from './tree.ts'

export interface ReadOptions {
  /** Where relative paths of logs, `root` and the like start (`-p`). */
  readonly prefix: string
  /** Main-level directives of the command line (`-g`). */
  readonly globals?: string | undefined
  /** Texts that stand in for files, by absolute path. */
  readonly overlay?: Overlay | undefined
}

/**
 * Reads a configuration file and all that it includes, without knowing what its words mean.
 * Throws `ConfigErrors` for files that cannot be read or are not YAML.
 */
export function readConfig(path: string, options: ReadOptions): ConfigTree {
  const file = resolve(path)
  const prefix = resolve(options.prefix)
  const reader = new SourceReader(options.overlay)
  const { globals } = options
  try {
    reader.file(file, { file, line: 1, column: 1 }, 0)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    reader.errors.push(error)
  }
  const extra = globals === undefined ? undefined : readGlobals(reader, globals)
  reader.throwIfAny()
  return { path: file, prefix, sources: reader.sources, globals: extra }
}

/** The plugin files and installed plugins a configuration names; see `plugin-uses.ts`. */
export function pluginUses(tree: ConfigTree): PluginUses {
  return usesOf(tree)
}

/**
 * Makes ready what plugins have to; resolves to what workers are handed of it. Throws `ConfigErrors`
 * with all that could not be.
 */
export async function makeReady({ plan }: Compiled, tree: ConfigTree): Promise<Plan['handed']> {
  const { errors, handed } = await makePlanReady(plan)
  if (errors.length > 0) throw new ConfigErrors(errors, tree.sources)
  return handed
}

/** Compiles a tree, as `compile.ts` does for workers; see there. */
export function compile(tree: ConfigTree, plugins: readonly AnyPlugin[]): Compiled {
  return compileTree(tree, plugins)
}

/**
 * Errors or warnings as text for people: `file:line:column: message`, an excerpt with a caret, a
 * hint. The tree may be left out for `ConfigErrors`, whose message is this text already.
 */
export function formatErrors(
  errors: ConfigErrors | readonly ConfigError[],
  tree?: Pick<ConfigTree, 'sources'>,
): string {
  return errors instanceof ConfigErrors ? errors.message : formatAll(errors, tree?.sources ?? [])
}

/** Every file of a configuration once, as `-T` prints it. */
export function dumpConfig(tree: ConfigTree): string {
  return tree.sources
    .filter((_, index) => index !== tree.globals)
    .map(
      ({ path, text }) =>
        `# configuration file ${path}:\n${text}${text.endsWith('\n') ? '' : '\n'}`,
    )
    .join('\n')
}

import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { mainDirectives } from '../kernel/settings/main.ts'
import {
  type Isolation,
  isPluginFile,
  type PluginFile,
  readUses,
} from '../kernel/settings/plugin-use.ts'
import { Problems } from './config-errors.ts'
import { withIncludes } from './content.ts'
import { folderOf } from './folder-of.ts'
import { Shaper } from './shape.ts'
import { COMMAND_LINE, type ConfigTree } from './tree.ts'

/** What the `plugins` directives of a configuration name. */
export interface PluginUses {
  /** In order. */
  readonly files: readonly PluginFile[]
  /** Installed plugins, in order. */
  readonly named: readonly UsedPlugin[]
}

/** An installed plugin that is named. */
export interface UsedPlugin {
  readonly name: string
  readonly isolation: Isolation | undefined
  /** `file:line:column`. */
  readonly place: string
}

/** The plugins a configuration names. Throws where a file does not exist. */
export function pluginUses(tree: ConfigTree): PluginUses {
  const problems = new Problems()
  const shaper = new Shaper(tree.sources)
  const roots = [tree.globals, 0].filter((index) => index !== undefined)
  const pairs = roots.flatMap((index) => tree.sources[index]?.pairs ?? [])
  const files: PluginFile[] = []
  const named: UsedPlugin[] = []
  for (const pair of withIncludes(pairs, tree.sources)) {
    if (pair.key.text !== 'plugins') continue
    const found = problems.attempt(() => shaper.occurrences(pair, mainDirectives.plugins)) ?? []
    for (const { args, mark } of found) {
      const from = mark.file === COMMAND_LINE ? tree.prefix : folderOf(mark.file, tree.path)
      const uses = readUses(args)
      // What is wrong with them is told where the directive is read.
      for (const { what, isolation } of typeof uses === 'string' ? [] : uses) {
        const file = resolve(from, what)
        const there = statSync(file, { throwIfNoEntry: false })?.isFile() === true
        if (!there && !isPluginFile(what)) {
          named.push({ name: what, isolation, place: `${mark.file}:${mark.line}:${mark.column}` })
        } else if (!there) problems.error(mark, `plugin file "${file}" does not exist`)
        else if (files.some(({ path }) => path === file)) {
          problems.error(mark, `plugin file "${file}" is named twice`)
        } else files.push({ path: file, isolation: isolation ?? 'native' })
      }
    }
  }
  problems.throwIfAny(tree.sources)
  return { files, named }
}

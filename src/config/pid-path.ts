import { resolve } from 'node:path'
import { mainDirectives } from '../kernel/settings/main.ts'
import { withIncludes } from './content.ts'
import { Shaper } from './shape.ts'
import type { ConfigTree } from './tree.ts'

/**
 * The absolute path of the pid file a tree names, found without compiling it: a running gateway
 * can be told to stop although its configuration is broken by now.
 */
export function pidPath(tree: ConfigTree): string {
  const shaper = new Shaper(tree.sources)
  for (const root of [tree.globals, 0]) {
    const pairs = root === undefined ? [] : (tree.sources[root]?.pairs ?? [])
    for (const pair of withIncludes(pairs, tree.sources)) {
      if (pair.key.text !== 'pid') continue
      const [found] = shaper.occurrences(pair, mainDirectives.pid)
      if (found?.args[0] !== undefined) return resolve(tree.prefix, found.args[0])
    }
  }
  return resolve(tree.prefix, mainDirectives.pid.initial)
}

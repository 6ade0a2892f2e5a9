import type { AnyPlugin } from '../../src/kernel/plugin-record.ts'
import { BUILT_IN_PLUGINS } from '../../src/plugins/index.ts'

/** The built-in plugins in their order. */
export async function builtInPlugins(): Promise<readonly AnyPlugin[]> {
  const modules = BUILT_IN_PLUGINS.map((name) => import(`../../src/plugins/${name}/index.ts`))
  return (await Promise.all(modules)).map((module: { default: AnyPlugin }) => module.default)
}

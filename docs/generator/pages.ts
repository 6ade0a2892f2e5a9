import { manifestSchema } from '../../src/packages/manifest/manifest-schema.ts'
import { directivesPage } from './directives-page.ts'
import { errorsPage } from './errors-page.ts'
import { nginxPage } from './nginx-page.ts'
import { builtInPlugins } from './plugins.ts'
import { samplesPages } from './samples-pages.ts'
import { typesPage } from './types-page.ts'
import { variablesPage } from './variables-page.ts'

/** The pages of docs/reference that come from the code, by file name. */
export async function generatedPages(): Promise<ReadonlyMap<string, string>> {
  const plugins = await builtInPlugins()
  return new Map([
    ['directives.md', directivesPage(plugins)],
    ['variables.md', variablesPage(plugins)],
    ['errors.md', errorsPage()],
    ['nginx-directives.md', nginxPage(plugins)],
    ['plugin-types.md', typesPage()],
    ...samplesPages(),
    ['plugin-manifest.schema.json', `${JSON.stringify(manifestSchema(), undefined, 2)}\n`],
  ])
}

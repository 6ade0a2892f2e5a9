import { API_VERSION, VERSION } from '../../base/version.ts'
import { KEYWORD, MANIFEST } from '../manifest/manifest.ts'
import { templateOf } from '../templates.ts'
import { type KindName, PROJECT_KINDS, type ProjectKind } from './kinds.ts'
import type { ProjectNames } from './names.ts'

/** Where the description of a project's directives stands. */
export const DESCRIPTION_FILE = 'schema.json'
const TEST_DATA_FILE = 'test-data.json'

/** All files of a new project but its description, texts by name. */
export function projectFiles(
  names: ProjectNames,
  kind: KindName,
): Readonly<Record<string, string>> {
  const own = Object.entries(templateOf(kind)).map(([file, text]) => {
    // A template has a name of its own, so that it is a project that works.
    return [file, text.replaceAll('my-plugin', names.plugin).replaceAll('my_plugin', names.word)]
  })
  return {
    ...Object.fromEntries(own),
    [MANIFEST]: json(packageOf(names, PROJECT_KINDS[kind])),
    'tsconfig.json': json(TSCONFIG),
    'README.md': readme(names, PROJECT_KINDS[kind]),
    '.gitignore': 'node_modules/\n.gateway/\n*.tgz\n',
  }
}

function packageOf({ name }: ProjectNames, { isolation, text }: ProjectKind): object {
  const own = {
    name,
    version: '0.1.0',
    description: `A ${isolation === 'script' ? 'script' : 'plugin'} that ${text}.`,
    type: 'module',
  }
  const engines = { gateway: `>=${VERSION}` }
  // The files of a script are named by a path in a configuration, not installed.
  if (isolation === 'script') return { ...own, private: true, engines }
  return {
    ...own,
    keywords: [KEYWORD],
    engines,
    files: ['plugin.ts', DESCRIPTION_FILE, TEST_DATA_FILE],
    gateway: {
      apiVersion: API_VERSION,
      entry: 'plugin.ts',
      schema: DESCRIPTION_FILE,
      isolation,
      permissions: isolation === 'native' ? { net: ['*'] } : {},
      testData: TEST_DATA_FILE,
    },
  }
}

const TSCONFIG = {
  compilerOptions: {
    target: 'es2023',
    lib: ['es2023', 'esnext.disposable'],
    module: 'nodenext',
    allowImportingTsExtensions: true,
    noEmit: true,
    strict: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: true,
  },
}

function readme({ name }: ProjectNames, kind: ProjectKind): string {
  const { ask, isolation, text } = kind
  const what = isolation === 'script' ? 'script' : 'plugin'
  return `# ${name}

A gateway ${what} that ${text}.

    gateway dev                 serves gateway.yaml; what is saved is live at once
    ${ask}
    gateway plugin test         runs the tests

- [plugin.ts](plugin.ts) is all of it. \`npm link gateway\` lets an editor find the types it imports.
- [plugin.test.ts](plugin.test.ts) tests it, with \`gateway/testing\`.
- [gateway.yaml](gateway.yaml) is a configuration to try it with. Editors complete its directives by
  \`gateway schema > .gateway/schema.json\`.
${isolation === 'script' ? '' : PACKAGE}`
}

const PACKAGE = `- [package.json](package.json) is what \`gateway plugin install\` reads.
- [test-data.json](${TEST_DATA_FILE}) are the requests that every installation tries it with.
- [schema.json](${DESCRIPTION_FILE}) describes its directives. After a change of them:
  \`gateway plugin describe > ${DESCRIPTION_FILE}\`

\`gateway plugin pack\` makes the archive that others install.
`

function json(value: object): string {
  return `${JSON.stringify(value, undefined, 2)}\n`
}

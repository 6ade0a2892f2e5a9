import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { globSync } from 'tinyglobby'
import { GENERATED } from './generated.ts'

const ROOT = join(import.meta.dirname, '..', '..')
/** Where examples are looked for, the simplest first; all of it is run by the tests. */
const EXAMPLES = [
  'docs/samples/**/*.ts',
  'packaging/templates/**/*.ts',
  'plugins-examples/**/*.ts',
  'src/plugins/!(script)/**/*.ts',
  'src/plugins/script/*.ts',
  'src/plugins/script/**/*.ts',
]

/** What is used without being named, and by which of those that are. */
const USED_WITH: Readonly<Record<string, string>> = {
  Bind: 'readBind',
  Change: 'SharedZone',
  Counts: 'totalCounts',
  LocalAddress: 'readBind',
  MadeBody: 'streamedBody',
  Pace: 'PacedSink',
  TempPath: 'tempPath',
}

const INTRODUCTION = `# Names of the plugin API

Everything \`gateway/plugin\` exports: what it is, how it is declared, and a plugin that uses it and is run
by the tests. [The plugin API](plugin-api.md) has them on one page;
[phases](plugin-phases.md), [verdicts](plugin-verdicts.md) and [stages](plugin-stages.md) have their own.`

/** What a plugin is given, or gives, without importing its name. */
const USED_IN: Readonly<Record<string, string>> = {
  Branch: 'src/plugins/rewrite/if.ts',
  PeerChooser: 'src/plugins/script/index.ts',
}

/** A name of the API with the words about it. */
interface Documented {
  readonly name: string
  readonly text: string
}

/** The page of all names: a sentence, the declaration, an example. */
export function typesPage(): string {
  const declared = declarations()
  const examples = examplesByName()
  const parts = sections().map(({ title, names }) => {
    const entries = names.map(({ name, text }) => {
      const code = declared.get(name) ?? ''
      const file = examples.get(name) ?? examples.get(USED_WITH[name] ?? '') ?? USED_IN[name]
      if (file === undefined) throw new Error(`nothing that is run uses ${name}`)
      const link = `Example: [${file}](../../${file})`
      return [`### \`${name}\``, text, `\`\`\`ts\n${code}\n\`\`\``, link].join('\n\n')
    })
    return [`## ${title}`, ...entries].join('\n\n')
  })
  return `${[GENERATED, INTRODUCTION, ...parts].join('\n\n')}\n`
}

/** As the page of the API has them. */
function sections(): readonly { readonly title: string; readonly names: readonly Documented[] }[] {
  const page = readFileSync(join(ROOT, 'docs/reference/plugin-api.md'), 'utf8')
  const [own = ''] = page.split(/^## `gateway\/testing`/m)
  return own
    .split(/^### /m)
    .slice(1)
    .map((part) => {
      const rows = [...part.matchAll(/^\| `(\w+)` \| (.*) \|$/gm)]
      const names = rows.map(([, name = '', text = '']) => ({ name, text }))
      return { title: part.slice(0, part.indexOf('\n')), names }
    })
}

/** By name, from the text that the declarations are compared with. */
function declarations(): ReadonlyMap<string, string> {
  const text = readFileSync(join(ROOT, 'test/e2e/api/plugin.txt'), 'utf8')
  const [, ...all] = text.split('\n\n')
  return new Map(
    all.map((each) => {
      const [, name = ''] = /^(?:abstract )?\w+ (\w+)/.exec(each) ?? []
      return [name, each.trimEnd()]
    }),
  )
}

/** The first file that imports a name. */
function examplesByName(): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const pattern of EXAMPLES) {
    for (const file of globSync(pattern, { cwd: ROOT }).sort()) {
      const text = readFileSync(join(ROOT, file), 'utf8')
      for (const [, list = ''] of text.matchAll(
        /import (?:type )?\{([^}]*)\} from 'gateway\/plugin'/g,
      )) {
        for (const each of list.split(',')) {
          const name = each.trim().replace(/^type /, '')
          if (!found.has(name)) found.set(name, file)
        }
      }
    }
  }
  return found
}

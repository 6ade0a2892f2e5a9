import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { API_VERSION } from '../../src/base/version.ts'
import { COMMAND, ensureBuilt } from '../harness/build.ts'
import { onCleanup } from '../harness/cleanup.ts'
import { Workspace } from '../harness/workspace.ts'
import { type ApiModule, declarationsOf } from './api/declarations.ts'

// What plugins and scripts are written against, as the built package declares it. It is compared
// with a text that is kept, so that nothing of it changes by accident.

const dist = dirname(COMMAND)
beforeAll(ensureBuilt)

const modules = (): Readonly<Record<string, ApiModule>> => ({
  plugin: { files: ['plugin.d.ts'] },
  testing: { files: ['testing/index.d.ts'], within: 'testing/' },
  script: {
    files: ['script/index.d.ts', ...readdirSync(join(dist, 'script/globals')).map(globalFile)],
  },
})

const globalFile = (name: string) => `script/globals/${name}`

test.each(['plugin', 'testing', 'script'])('gateway/%s is what it was', (name) => {
  const file = join(import.meta.dirname, 'api', `${name}.txt`)
  const module = modules()[name] as ApiModule
  const title = `gateway/${name}, version ${API_VERSION} of the plugin API`
  const is = `${title}\n\n${declarationsOf(module, dist)}`
  if (process.env.UPDATE_GOLDEN) writeFileSync(file, is)
  const was = existsSync(file) ? readFileSync(file, 'utf8') : ''
  expect(is, advice(name)).toBe(was)
})

test('members, names and what is mentioned count; words about them and private members do not', () => {
  const workspace = new Workspace('api')
  onCleanup(() => workspace.remove())
  const api: ApiModule = { files: ['index.d.ts'], within: 'own/' }
  const form = (index: string, own: string) => {
    workspace.write('index.d.ts', index)
    workspace.write('own/more.d.ts', own)
    return declarationsOf(api, workspace.dir)
  }
  const index = `import { type More, Other } from './own/more.ts'
/** Words. */
export declare class One {
    #private;
    private hidden;
    // More words.
    readonly more: More | 'http://a';
}
export declare function two(a: string): void;
declare const internal: number;
`
  const own = 'export interface More {\n    a: 1;\n}\nexport type Other = 2;\n'
  const is = form(index, own)
  expect(is).toBe(`interface More {
  a: 1
}

class One {
  readonly more: More | 'http://a'
}

function two(a: string): void
`)
  const changed = index.replace('Words', 'Others').replace('private hidden', 'private gone')
  expect(form(changed, own.replace('Other = 2', 'Other = 3'))).toBe(is)
  expect(form(index.replace('a: string', 'a: number'), own)).not.toBe(is)
  expect(form(index, own.replace('a: 1', 'a?: 1'))).not.toBe(is)
})

function advice(name: string): string {
  return `gateway/${name} is no longer what test/e2e/api/${name}.txt says.
Where something was only added: say so in CHANGELOG.md; plugins that use it ask for a newer gateway.
Where something was changed or taken away, plugins break: add 1 to API_VERSION in src/base/version.ts,
and tell in CHANGELOG.md what they have to change.
Then: UPDATE_GOLDEN=1 npx vitest run test/e2e/api.test.ts && npm run docs`
}

import { mkdirSync, readdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type LoadedPlugins, loadPlugins } from '../../src/loader/index.ts'
import type { PluginError } from '../../src/loader/plugin-error.ts'
import { onCleanup } from '../harness/cleanup.ts'
import { Workspace } from '../harness/workspace.ts'

const NONE = { first: [], last: [] }

function folder(files: Readonly<Record<string, string>>): Workspace {
  const workspace = new Workspace('loader')
  onCleanup(() => workspace.remove())
  for (const [name, text] of Object.entries(files)) workspace.write(name, text)
  return workspace
}

function load(workspace: Workspace, ...names: string[]) {
  return loadPlugins({
    builtIn: NONE,
    files: names.map((name) => ({ path: workspace.path(name), isolation: 'native' as const })),
    cache: workspace.path('cache'),
  })
}

/** Where the first bundle lies. */
function pathOf({ bundles: [first] }: LoadedPlugins): string {
  return first && 'path' in first ? first.path : ''
}

async function reasons(workspace: Workspace, ...names: string[]): Promise<readonly string[]> {
  const error = await load(workspace, ...names).catch((each: unknown) => each)
  return (error as PluginError).reasons
}

const PLUGIN = `
import { definePlugin } from 'gateway/plugin'
import { name } from './name.ts'
export default definePlugin({ name, doc: String(import.meta.url) })
`

test('a TypeScript file and what it imports become one plugin', async () => {
  const workspace = folder({ 'a.ts': PLUGIN, 'name.ts': "export const name: string = 'a-plugin'" })
  const { plugins, bundles } = await load(workspace, 'a.ts')
  expect(plugins.map(({ name }) => name)).toEqual(['a-plugin'])
  expect(plugins[0]?.doc).toBe(`file://${workspace.path('a.ts')}`)
  expect(bundles).toHaveLength(1)
})

test('a plugin outside the package gets the one and only gateway/plugin', async () => {
  const workspace = folder({
    'a.ts': `
import * as api from 'gateway/plugin'
Object.assign(globalThis, { apiSeenByPlugin: api })
export default api.definePlugin({ name: 'a' })
`,
  })
  await load(workspace, 'a.ts')
  const own = await import('../../src/plugin.ts')
  const { apiSeenByPlugin } = globalThis as unknown as { apiSeenByPlugin: typeof own }
  expect(apiSeenByPlugin.definePlugin).toBe(own.definePlugin)
})

test('the second time nothing is bundled; a change in any file is', async () => {
  const workspace = folder({ 'a.ts': PLUGIN, 'name.ts': "export const name = 'first'" })
  const before = await load(workspace, 'a.ts')
  const kept = readdirSync(workspace.path('cache'))
  expect((await load(workspace, 'a.ts')).bundles).toEqual(before.bundles)
  expect(readdirSync(workspace.path('cache'))).toEqual(kept)
  workspace.write('name.ts', "export const name = 'second'")
  const changed = await load(workspace, 'a.ts')
  expect(changed.plugins.map(({ name }) => name)).toEqual(['second'])
  expect(pathOf(changed)).not.toBe(pathOf(before))
})

test('a cache that is no folder is done without', async () => {
  const workspace = folder({ 'a.ts': "export default { name: 'a' }", cache: 'a file' })
  const loaded = await load(workspace, 'a.ts')
  expect(loaded.plugins).toHaveLength(1)
  expect(pathOf(loaded).startsWith(workspace.dir)).toBe(false)
})

test('a temporary folder that somebody else can write to is not trusted', async () => {
  const workspace = folder({ 'a.ts': "export default { name: 'a' }", cache: 'a file' })
  const temporary = workspace.path('tmp')
  mkdirSync(temporary)
  symlinkSync('/', join(temporary, `gateway-${process.getuid?.()}`))
  const before = process.env.TMPDIR
  process.env.TMPDIR = temporary
  try {
    expect(pathOf(await load(workspace, 'a.ts'))).toMatch(/\/tmp\/gateway-\w{6}\/\w+\.mjs$/)
  } finally {
    if (before === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = before
  }
})

test('code that cannot be built is shown, of all plugins at once', async () => {
  const workspace = folder({
    'a.ts': 'const x =\n  1 +* 2\n',
    'b.ts': "import 'no-such-package'\n",
  })
  const [a, b] = await reasons(workspace, 'a.ts', 'b.ts')
  expect(a).toMatch(/plugin ".*a\.ts" cannot be built:.*Unexpected "\*".*a\.ts:2:5:.*1 \+\* 2/s)
  expect(b).toMatch(/Could not resolve "no-such-package".*b\.ts:1:7:/s)
})

test('a kernel file cannot be imported', async () => {
  const workspace = folder({
    'a.ts': "import { Slots } from 'gateway/kernel/socket/slots'\nexport default Slots",
  })
  expect((await reasons(workspace, 'a.ts'))[0]).toMatch(
    /"gateway\/kernel\/socket\/slots" does not exist/,
  )
})

describe('what is no plugin is refused, and it says why', () => {
  const bad: readonly [code: string, why: RegExp][] = [
    ['export const name = 1', /has no default export/],
    ['export default 1', /exports number by default/],
    ['export default null', /exports object by default/],
    ['export default {}', /has no name of lower-case letters/],
    ["export default { name: 'Bad Name' }", /has no name of lower-case letters/],
    [
      "export default { name: 'a', contents: () => {} }",
      /has "contents", which is neither a phase/,
    ],
    [
      "export default { name: 'a', findConfig: () => {} }",
      /"findConfig", a phase that belongs to the kernel/,
    ],
    ["export default { name: 'a', content: 1 }", /has "content" that is no function/],
    [
      "export default { name: 'a', filters: { late: () => {} } }",
      /stage "late"; the stages are receive/,
    ],
    ["export default { name: 'a', filters: { edit: 1 } }", /a filter "edit" that is no function/],
    ["export default { name: 'a', filters: 1 }", /"filters" that is no object/],
    ["export default { name: 'a', directives: { x: {} } }", /directives "x" without "doc"/],
    ["export default { name: 'a', variables: { x: 1 } }", /variables "x" without "doc"/],
    ["export default { name: 'a', begin: 1 }", /has "begin" that is no function/],
    ["export default { name: 'a', choosePeer: 1 }", /has "choosePeer" that is no function/],
    ["export default { name: 'a', always: 1 }", /"always" that is neither true nor false/],
    ["export default { name: 'a', choosesBy: 'luck' }", /"choosesBy" that is not "request"/],
    ["throw new Error('on purpose')\nexport default 1", /cannot be imported: Error: on purpose/],
  ]
  for (const [code, why] of bad) {
    test(code, async () => {
      const [reason, ...others] = await reasons(folder({ 'a.js': code }), 'a.js')
      expect(reason).toMatch(/^plugin ".*a\.js" /)
      expect([reason, others]).toEqual([expect.stringMatching(why), []])
    })
  }
})

test('two plugins of one name are refused', async () => {
  const workspace = folder({
    'a.js': "export default { name: 'x' }",
    'b.js': "export default { name: 'x' }",
  })
  expect(await reasons(workspace, 'a.js', 'b.js')).toEqual([
    `plugin "${workspace.path('b.js')}" is named "x", as is "${workspace.path('a.js')}"`,
  ])
})

test('a variable has one owner, in whatever case it is written', async () => {
  const having = (name: string, part: string) =>
    `export default { name: '${name}', variables: { ${part}: { doc: '', get: () => '' } } }`
  const workspace = folder({
    'a.js': having('a', 'Who'),
    'b.js': having('b', 'whO'),
    'c.js': "export default { name: 'c', families: { of_: { doc: '', make: () => () => '' } } }",
    'd.js': having('d', 'of_them'),
    'e.js': having('e', 'other'),
  })
  const taken = (by: string, name: string, owner: string) =>
    `plugin "${workspace.path(by)}" defines the variable "$${name}", which plugin ` +
    `"${workspace.path(owner)}" has; call it otherwise`
  expect(await reasons(workspace, 'a.js', 'b.js')).toEqual([taken('b.js', 'who', 'a.js')])
  expect(await reasons(workspace, 'c.js', 'd.js')).toEqual([taken('d.js', 'of_them', 'c.js')])
  expect((await load(workspace, 'a.js', 'c.js', 'e.js')).plugins).toHaveLength(3)
})

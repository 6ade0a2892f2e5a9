import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { bundlePackage } from '../../src/packages/bundle/bundle.ts'
import { undeclaredUses } from '../../src/packages/bundle/uses.ts'
import { onCleanup } from '../harness/cleanup.ts'
import { Workspace } from '../harness/workspace.ts'

async function bundle(files: Readonly<Record<string, string>>) {
  const workspace = new Workspace('uses')
  onCleanup(() => workspace.remove())
  for (const [path, text] of Object.entries(files)) {
    const file = join(workspace.dir, 'package', path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
  return bundlePackage(workspace.dir, 'plugin.ts', 'demo')
}

const uses = async (code: string) => (await bundle({ 'plugin.ts': code })).uses

describe('a bundle', () => {
  test('is the same bytes wherever its files lie', async () => {
    const files = {
      'plugin.ts': `import { definePlugin } from 'gateway/plugin'
import { name } from './name.ts'
export default definePlugin({ name, doc: import.meta.url + import.meta.dirname })`,
      'name.ts': "export const name: string = 'demo'",
    }
    const [one, other] = [await bundle(files), await bundle(files)]
    expect(other.hash).toBe(one.hash)
    expect(Buffer.from(one.code).toString()).not.toMatch(/gateway-uses-|\/src\/plugin/)
    expect((await bundle({ ...files, 'name.ts': "export const name = 'x'" })).hash).not.toBe(
      one.hash,
    )
  })

  test('holds no files from around its package, found by an import that is computed', async () => {
    const workspace = new Workspace('uses')
    onCleanup(() => workspace.remove())
    workspace.write('secrets/a.json', '{"a":1}')
    workspace.write('home/package/plugin.ts', "export default (a) => require('../../secrets/' + a)")
    const made = bundlePackage(`${workspace.dir}/home`, 'plugin.ts', 'demo')
    await expect(made).rejects.toThrow(/"\.\.\/secrets\/a\.json" leads out of the package/)
  })

  test('imports nothing of the gateway but its API', async () => {
    await expect(
      uses("import { fake } from 'gateway/testing'\nexport default fake"),
    ).rejects.toThrow(/"gateway\/testing" is not there; plugins import "gateway\/plugin"/)
  })
})

describe('what a bundle reaches for is found', () => {
  test.each([
    ['modules of Node', "import { connect } from 'net'\nexport default connect", ['node:net']],
    ['required ones', "export default require('node:fs')", ['node:fs']],
    ['those imported later', "export default () => import('node:http')", ['node:http']],
    ['fetch', 'export default () => fetch', ['fetch']],
    ['fetch behind globalThis', 'export default () => globalThis.fetch', ['fetch']],
    ['the environment', 'export default process.env.HOME', ['process.env']],
    [
      'unknown modules',
      "import * as a from 'node:child_process'\nexport default a.spawn",
      ['node:child_process'],
    ],
    ['code from text', "export default eval('1')", ['eval']],
    ['computed imports', 'export default (a: string) => import(a)', ['import(…)']],
    ['computed requires', 'export default (a: string) => require(a)', ['require(…)']],
    [
      'nothing in a choice among its own files',
      "export default (a: string) => require('./' + a)",
      [],
    ],
    ['require as a value', 'export default [require].map((a) => a)', ['require(…)']],
    ['code from text in a function', "export default new Function('return 1')", ['Function(…)']],
    ['process as a value', "const { env } = process\nexport default env['A']", ['process']],
    ['a computed member of process', "export default process[['e', 'nv'].join('')]", ['process']],
    [
      'modules of Node behind it',
      "export default process.getBuiltinModule('fs')",
      ['process.getBuiltinModule'],
    ],
    [
      'nothing in asking what runs it',
      "export default typeof process === 'object' && process.versions.node",
      [],
    ],
    ['nothing in functions as such', 'export default (a: unknown) => a instanceof Function', []],
    ['nothing in what only computes', "import { join } from 'path'\nexport default join", []],
    ['nothing in names of its own', 'export default (fetch: () => void) => fetch()', []],
    [
      'nothing in types',
      "import type { Socket } from 'node:net'\nexport default (a: Socket) => a",
      [],
    ],
    ['nothing in texts', "export default 'fetch process.env'", []],
  ])('%s', async (_, code, expected) => {
    expect(await uses(code)).toEqual(expected)
  })

  test('and is compared with the permissions', () => {
    expect(undeclaredUses(['fetch', 'node:fs'], { net: ['a'], fs: ['b'] })).toEqual([])
    expect(undeclaredUses(['fetch', 'node:vm'], { native: true })).toEqual([])
    expect(undeclaredUses(['process.env', 'node:vm'], { net: ['a'] })).toEqual([
      'lacks "env", which "process.env" needs; declare "env": […], or do without it',
      'lacks "native", which "node:vm" needs; declare "native": true, or do without it',
    ])
  })

  test('and told with its place', async () => {
    const { places, uses: found } = await bundle({
      'plugin.ts': "import { a } from './a.ts'\nexport default a",
      'a.ts':
        "import { connect } from 'node:net'\n\nexport const a = (b: string) => [connect, import(b)]",
    })
    expect(undeclaredUses(found, {}, places)).toEqual([
      expect.stringContaining('which "import(…)" needs (package/a.ts:3:'),
      expect.stringContaining('lacks "net", which "node:net" needs (package/a.ts:1:'),
    ])
  })
})

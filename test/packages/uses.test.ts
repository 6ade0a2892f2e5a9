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
})

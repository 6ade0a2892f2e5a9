import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { Bundler } from '../../../sandbox/bundle/bundler.ts'
import { bundleLibrary, libraryModule } from '../../../sandbox/bundle/library.ts'
import { evaluate } from './engines.ts'
import { folderOf } from './tenant-folder.ts'

const bundler = new Bundler()
afterAll(() => bundler.close())

const LIBRARY = {
  'all.ts': "export * from './parts.ts'\nexport { read } from './reading.ts'",
  'parts.ts':
    "import { large } from './large.ts'\nexport const one = 1\nexport const two = () => large",
  'large.ts': "globalThis.effect = 'an effect'\nexport const large = 'x'.repeat(10)",
  'reading.ts': "import { readFileSync } from 'node:fs'\nexport const read = readFileSync",
}

test('a library is a script, which those that use it find by its symbol', async () => {
  const source = "export { one, two } from './all.ts'"
  const order = { symbol: 'our.library', source, folder: folderOf(LIBRARY), instead: {} }
  const library = await bundleLibrary(order)
  const provided = { 'our/library': libraryModule('our.library', ['one', 'two']) }
  const folder = folderOf({
    'a.ts': "import { one, two } from 'our/library'\nexport default one + two()",
  })
  const { code } = await bundler.bundle(join(folder, 'a.ts'), { provided })
  expect(evaluate('bellard', library, code, '__script.default')).toBe('1xxxxxxxxxx')
  expect(evaluate('bellard', library, 'typeof library')).toBe('undefined')
})

test('what nothing uses is left out', async () => {
  const source = "export { one } from './all.ts'"
  const order = { symbol: 'our.library', source, folder: folderOf(LIBRARY), instead: {} }
  expect(await bundleLibrary(order)).not.toMatch(/effect|repeat|readFileSync/)
})

test('a module is replaced by another one, and one that is not is an error', async () => {
  const source = "export { read } from './all.ts'"
  const order = { symbol: 'our.library', source, folder: folderOf(LIBRARY) }
  const instead = { 'node:fs': { source: "export const readFileSync = () => 'no file'" } }
  expect(await bundleLibrary({ ...order, instead })).toContain('no file')
  await expect(bundleLibrary({ ...order, instead: {} })).rejects.toMatchObject({
    code: 'OPTION_INVALID',
    message: expect.stringContaining('needs "node:fs", which scripts have not'),
  })
})

test('what a provided module has not is told with its place, and what to do instead', async () => {
  const folder = folderOf({
    'a.ts':
      "import { one, other, toString } from 'our/library'\nexport default [one, other, toString]",
  })
  const options = {
    provided: { 'our/library': 'export const one = 1' },
    absent: { 'our/library': { other: 'take one twice' } },
  }
  await expect(bundler.bundle(join(folder, 'a.ts'), options)).rejects.toMatchObject({
    diagnostics: [
      {
        code: 'import-gateway',
        file: 'a.ts',
        line: 1,
        column: 15,
        text: '"other" of our/library is not there in the sandbox',
        hint: 'take one twice',
      },
      { code: 'import-gateway', column: 22, text: '"toString" of our/library is not there' },
    ],
  })
})

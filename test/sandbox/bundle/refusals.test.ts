import { builtinModules } from 'node:module'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { alternativeTo, hasAlternative } from '../../../sandbox/bundle/alternatives.ts'
import { Bundler } from '../../../sandbox/bundle/bundler.ts'
import type { Diagnostic } from '../../../sandbox/bundle/diagnostic.ts'
import { BundleError } from '../../../sandbox/bundle/errors.ts'
import { evaluate } from './engines.ts'
import { folderOf } from './tenant-folder.ts'

const bundler = new Bundler()
afterAll(() => bundler.close())

/** What is wrong with a script of these files. */
async function faultsOf(files: Readonly<Record<string, string>>): Promise<readonly Diagnostic[]> {
  const folder = folderOf(files)
  const error = await bundler.bundle(join(folder, 'a.ts')).catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(BundleError)
  expect(error).toMatchObject({ code: 'SCRIPT_BROKEN' })
  expect((error as BundleError).message).not.toContain(folder)
  return (error as BundleError).diagnostics
}

describe('an import that cannot work is an error with its place and an alternative', () => {
  test.each([
    ['node:crypto', 'import-builtin', 'node:crypto is not there', /use the global crypto/],
    ['fs/promises', 'import-builtin', 'fs/promises is not there', /no file system/],
    ['leftpad', 'import-missing', 'package "leftpad" is not installed', /npm install leftpad\)/],
    ['@a/b/c', 'import-missing', 'package "@a/b" is not installed', /npm install @a\/b\)/],
    ['./gone', 'import-missing', '"./gone" is not there', undefined],
    ['../b', 'import-outside', `"../b" leads out of the script's folder`, /copy the file/],
    ['/etc/passwd', 'import-absolute', 'absolute path "/etc/passwd"', /relative to this file/],
    ['file:///etc/passwd', 'import-absolute', 'a file: URL cannot be imported', /relative to/],
    ['https://esm.sh/x', 'import-remote', '"https://esm.sh/x" cannot be imported', /download it/],
    ['data:text/javascript,1', 'import-remote', '"data:text/javascript,1" cannot be imported', /./],
    ['npm:hono', 'import-remote', '"npm:hono" cannot be imported', /install the package/],
    ['./x.node', 'import-type', 'a .node file cannot be imported', /native addons/],
    ['./x.wasm', 'import-type', 'a .wasm file cannot be imported', /no WebAssembly/],
    ['./x.bin', 'import-type', 'a .bin file cannot be imported', /base64/],
    ['./x.png', 'import-type', 'a .png file cannot be imported', /TypeScript, JavaScript, \.json/],
    ['./noext', 'import-type', 'a file without an extension cannot be imported', /can be imported/],
    ['#internal', 'import-missing', '"#internal" is not there', /package\.json/],
    ['', 'import-missing', 'an import names nothing', undefined],
  ] as const)('%s', async (specifier, code, text, hint) => {
    const line = `/* ü */ import thing from '${specifier}'`
    const source = `// first\n${line}\nexport default thing`
    const files = {
      'a.ts': source,
      'x.node': '',
      'x.wasm': '',
      'x.bin': '',
      'x.png': '',
      noext: '',
    }
    const [fault, ...more] = await faultsOf(files)
    expect(more).toEqual([])
    expect(fault).toMatchObject({ code, text, file: 'a.ts', line: 2, lineText: line })
    expect(fault?.column).toBe(line.indexOf(`'${specifier}'`) + 1)
    if (hint) expect(fault?.hint).toMatch(hint)
    else expect(fault?.hint).toBeUndefined()
  })

  test.each([
    ['import(name)', 1],
    ['import(`./pages/${name}.ts`)', 8],
    ["import('./pages/' + name)", 8],
    ["import('../../../../../etc/' + name)", 8],
    ['require(name)', 1],
    ["require('./pages/' + name)", 9],
  ])('%s', async (expression, column) => {
    const source = `const name = String(Math.random())\n${expression}\nexport default 1`
    const faults = await faultsOf({ 'a.ts': source, 'pages/a.ts': '', 'pages/b.ts': '' })
    expect(faults).toMatchObject(
      [{ code: 'import-computed', file: 'a.ts', line: 2, column, hint: /fixed paths/ }].map(
        (each) => ({ ...each, hint: expect.stringMatching(each.hint) }),
      ),
    )
  })

  test('a module of Node behind a require that is not caught', async () => {
    const faults = await faultsOf({ 'a.ts': "export default require('os').hostname()" })
    expect(faults).toMatchObject([{ code: 'import-builtin', line: 1, column: 24 }])
  })

  test('in a package, named as the script sees it', async () => {
    const faults = await faultsOf({
      'a.ts': "import p from 'p'\nexport default p",
      'node_modules/p/index.js': "\n  import net from 'node:net'\nexport default net",
    })
    expect(faults).toMatchObject([{ file: 'node_modules/p/index.js', line: 2, column: 19 }])
  })

  test('all of them at once, in their order, and no more than anybody reads', async () => {
    const lines = Array.from({ length: 50 }, (_, i) => `export * from './gone${i}'`)
    const folder = folderOf({ 'a.ts': lines.join('\n') })
    const error = await bundler.bundle(join(folder, 'a.ts')).catch((reason: unknown) => reason)
    const { diagnostics, message } = error as BundleError
    expect(diagnostics.map(({ line }) => line)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1))
    // A script without a default export is one fault more.
    expect(message).toMatch(/… and 3\d more$/)
  })
})

test('a diagnostic is short, however long what it names', async () => {
  const name = 'x'.repeat(100_000)
  const faults = await faultsOf({ 'a.ts': `export { default } from './${name}'` })
  expect(faults).toHaveLength(1)
  expect(JSON.stringify(faults).length).toBeLessThan(2000)
})

describe('an import whose failure is caught', () => {
  test('fails when it is run, not before', async () => {
    const folder = folderOf({
      'a.ts': `let os = 'none'
        try { os = require('os') } catch {}
        export default os`,
    })
    const { code } = await bundler.bundle(join(folder, 'a.ts'))
    expect(evaluate('ng', code, '__script.default')).toBe('none')
  })

  test('in a package may have a computed path', async () => {
    const folder = folderOf({
      'a.ts': "export { default } from 'p'",
      'node_modules/p/index.js': 'export default (name) => require(name)',
    })
    const { code } = await bundler.bundle(join(folder, 'a.ts'))
    expect(() => evaluate('ng', code, "__script.default('fs')")).toThrow(/not supported/)
  })
})

describe('modules of Node', () => {
  const modules = builtinModules.filter((name) => !name.startsWith('_'))

  test('have an alternative each', () => {
    const without = modules.filter((name) => !hasAlternative(name.replace('node:', '')))
    expect(without).toEqual([])
    expect(modules.length).toBeGreaterThan(40)
  })

  test('are replaced by packages of their name', async () => {
    const folder = folderOf({
      'a.ts': "export { default } from 'events'",
      'node_modules/events/index.js': "export default 'package'",
    })
    const { code } = await bundler.bundle(join(folder, 'a.ts'))
    expect(evaluate('ng', code, '__script.default')).toBe('package')
  })

  test('have alternatives by part, too', () => {
    expect(alternativeTo('timers/promises')).toMatch(/setTimeout\(done, ms\)/)
    expect(alternativeTo('constructor')).toBe('scripts have no modules of Node')
  })
})

describe("esbuild's own errors", () => {
  test('have file, line, column and the line', async () => {
    const faults = await faultsOf({
      'a.ts': "export { default } from './b'",
      'b.ts': "const ü = 'ü'; const = 1\n",
    })
    expect(faults).toEqual([
      {
        code: 'syntax',
        text: 'Expected identifier but found "="',
        file: 'b.ts',
        line: 1,
        column: 22,
        lineText: "const ü = 'ü'; const = 1",
      },
    ])
  })

  test('are shown with a caret', async () => {
    const folder = folderOf({ 'a.ts': '\n\tconst = 1' })
    await expect(bundler.bundle(join(folder, 'a.ts'))).rejects.toThrow(
      'a.ts:2:8: Expected identifier but found "="\n    \tconst = 1\n    \t      ^',
    )
  })

  test('show a part of a very long line', async () => {
    const folder = folderOf({ 'a.ts': `export default "${'x'.repeat(500)}" "here"` })
    const error = await bundler.bundle(join(folder, 'a.ts')).catch((reason: unknown) => reason)
    const [, excerpt = '', caret = ''] = (error as Error).message.split('\n')
    expect(excerpt.length).toBeLessThan(170)
    expect(excerpt.slice(caret.indexOf('^'))).toMatch(/^"here"/)
  })

  test('say what to do about a script without exports', async () => {
    expect(await faultsOf({ 'a.ts': 'const a = 1' })).toMatchObject([
      { code: 'no-default', line: 1 },
    ])
  })

  test('say what to do about a missing default export, and about await outside of functions', async () => {
    expect(await faultsOf({ 'a.ts': 'export const fetch = 1' })).toMatchObject([
      {
        code: 'no-default',
        file: 'a.ts',
        line: 1,
        column: 1,
        hint: expect.stringMatching(/export default/),
      },
    ])
    expect(await faultsOf({ 'a.ts': 'export default 1\nawait 1' })).toMatchObject([
      { code: 'syntax', file: 'a.ts', line: 2, hint: expect.stringMatching(/in a hook/) },
    ])
  })
})

describe('a script that is not there', () => {
  test.each([
    ['gone.ts', 'is not there'],
    ['folder.ts', 'is no file'],
    ['data.json', 'is neither TypeScript nor JavaScript'],
    ['../up.ts', 'lies outside of its folder'],
  ])('%s', async (name, why) => {
    const folder = folderOf({ 'folder.ts/a.ts': '', 'data.json': '{}' })
    const built = bundler.bundle(join(folder, name), { folder })
    await expect(built).rejects.toMatchObject({
      code: 'SCRIPT_NOT_FOUND',
      message: expect.stringContaining(why),
    })
  })

  test('in a folder that is not there', async () => {
    const built = bundler.bundle(join(folderOf({}), 'gone', 'a.ts'))
    await expect(built).rejects.toMatchObject({ code: 'SCRIPT_NOT_FOUND' })
  })
})

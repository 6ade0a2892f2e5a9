import { execFileSync } from 'node:child_process'
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { Bundler } from '../../../sandbox/bundle/bundler.ts'
import { BundleError } from '../../../sandbox/bundle/errors.ts'
import { Folder } from '../../../sandbox/bundle/folder.ts'
import type { BundleOptions } from '../../../sandbox/bundle/options.ts'
import { evaluate } from './engines.ts'
import { folderOf } from './tenant-folder.ts'

const bundler = new Bundler()
afterAll(() => bundler.close())

const CANARY = 'canary-7f3a'

/** What is beside the tenant's folder, in all forms in which it could be read. */
const OUTSIDE = {
  'secret.json': `{ "secret": "${CANARY}" }`,
  'secret.ts': `export default '${CANARY}'`,
  'secret.txt': CANARY,
  'secret.map': `{ "version": 3, "sources": ["${CANARY}"], "mappings": "AAAA", "names": [] }`,
  'broken.json': `${CANARY} :::`,
  'lib/index.js': `module.exports = '${CANARY}'`,
  'lib/package.json': `{ "main": "index.js", "${CANARY}": ${CANARY} }`,
  'node_modules/above/index.js': `module.exports = '${CANARY}'`,
}

/** In two pieces, so that nobody takes it for this file's. */
const MAP = '//# source' + 'MappingURL='

interface Attack {
  readonly files?: Readonly<Record<string, string>>
  /** Where a link stands, and where it leads. */
  readonly links?: Readonly<Record<string, string>>
  readonly code?: string
}

/** Everything a tenant gets to see of the attempt. */
async function seenBy({ files = {}, links = {} }: Attack, options: BundleOptions = {}) {
  const outer = folderOf(OUTSIDE)
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(outer, 'tenant', path)), { recursive: true })
    writeFileSync(join(outer, 'tenant', path), text.replace('OUTER', outer))
  }
  for (const [path, target] of Object.entries(links)) {
    mkdirSync(dirname(join(outer, 'tenant', path)), { recursive: true })
    symlinkSync(target.replace('OUTER', outer), join(outer, 'tenant', path))
  }
  const result = await bundler
    .bundle(join(outer, 'tenant/a.ts'), options)
    .catch((error: unknown) => error)
  if (!(result instanceof BundleError)) return { text: JSON.stringify(result), error: undefined }
  const { message, diagnostics, stack } = result
  return { text: JSON.stringify([message, diagnostics, stack]), error: result }
}

const ATTACKS: Readonly<Record<string, Attack>> = {
  'a path with ..': { files: { 'a.ts': "export { default } from '../secret.ts'" } },
  'a path that goes in and out again': {
    files: { 'a.ts': "export { default } from './x/../../secret.txt'", 'x/y.ts': '' },
  },
  'a path out of a folder below': {
    files: { 'a.ts': "export * from './x/y'", 'x/y.ts': "export { default } from '../../secret'" },
  },
  'a link to a file': {
    files: { 'a.ts': "export { default } from './link.txt'" },
    links: { 'link.txt': '../secret.txt' },
  },
  'a link with an absolute path': {
    files: { 'a.ts': "export { default } from './link.json'" },
    links: { 'link.json': 'OUTER/secret.json' },
  },
  'a link to a link to a link': {
    files: { 'a.ts': "export { default } from './one.txt'" },
    links: { 'one.txt': 'x/two.txt', 'x/two.txt': '../three.txt', 'three.txt': '../secret.txt' },
  },
  'a link to a folder': {
    files: { 'a.ts': "export { default } from './link/secret.txt'" },
    links: { link: '..' },
  },
  'a link among extensions that are tried': {
    files: { 'a.ts': "export { default } from './link'" },
    links: { 'link.ts': '../secret.ts' },
  },
  'a link in a folder of packages': {
    files: { 'a.ts': "export { default } from 'lib'" },
    links: { 'node_modules/lib': '../../lib' },
  },
  'packages that are a link': {
    files: { 'a.ts': "export { default } from 'above'" },
    links: { node_modules: '../node_modules' },
  },
  'packages above the folder': { files: { 'a.ts': "export { default } from 'above'" } },
  'a link to a path in /proc': {
    files: { 'a.ts': "export { default } from './p/1/../../self/environ.txt'" },
    links: { p: '/proc' },
  },
  'an absolute path': { files: { 'a.ts': "import x from '/etc/passwd'\nexport default x" } },
  'a file: URL': { files: { 'a.ts': "import x from 'file:///etc/passwd'\nexport default x" } },
  'a Windows path': { files: { 'a.ts': "export { default } from '.\\\\..\\\\..\\\\secret.txt'" } },
  'an escaped path': { files: { 'a.ts': "export { default } from './%2e%2e/secret.txt'" } },
  'a NUL in a path': { files: { 'a.ts': "export { default } from '../secret.txt\\0.ts'" } },
  'a package that is a path': {
    files: { 'a.ts': "export { default } from 'p/../../../secret.txt'", 'node_modules/p/x.js': '' },
  },
  'a scope that is a path': { files: { 'a.ts': "export { default } from '@../../secret.txt'" } },
  'a hidden package': { files: { 'a.ts': "export { default } from '../node_modules/above'" } },
  'a text with a type': {
    files: { 'a.ts': "import x from '../secret.ts' with { type: 'text' }\nexport default x" },
  },
  'exports of a package': {
    files: {
      'a.ts': "export { default } from 'p'",
      'node_modules/p/package.json': '{ "name": "p", "exports": "./../../../secret.json" }',
    },
  },
  'exports with a pattern': {
    files: {
      'a.ts': "export { default } from 'p/../../../secret'",
      'node_modules/p/package.json': '{ "name": "p", "exports": { "./*": "./*.json" } }',
    },
  },
  'exports with an absolute path': {
    files: {
      'a.ts': "export { default } from 'p'",
      'node_modules/p/package.json': '{ "name": "p", "exports": "/etc/passwd" }',
    },
  },
  'the main file of a package': {
    files: {
      'a.ts': "export { default } from 'p'",
      'node_modules/p/package.json': '{ "main": "../../../secret" }',
    },
  },
  'the browser map of a package': {
    files: {
      'a.ts': "export { default } from 'p'",
      'node_modules/p/package.json':
        '{ "main": "m.js", "browser": { "./m.js": "./../../../secret.ts", "x": "../../secret" } }',
      'node_modules/p/m.js': '',
    },
  },
  'the browser map of the folder': {
    files: {
      'a.ts': "export { default } from 'x'",
      'package.json': '{ "browser": { "x": "./../secret.ts" } }',
    },
  },
  'the browser map, with a URL': {
    files: {
      'a.ts': "export { default } from 'x'",
      'package.json': '{ "browser": { "x": "file:///etc/passwd" } }',
    },
  },
  'the imports of the folder': {
    files: {
      'a.ts': "export { default } from '#x'",
      'package.json': '{ "imports": { "#x": "./../secret.json" } }',
    },
  },
  'a manifest that is a link': {
    files: { 'a.ts': "export { default } from 'p'", 'node_modules/p/index.js': '' },
    links: { 'node_modules/p/package.json': '../../../broken.json' },
  },
  "the folder's manifest as a link": {
    files: { 'a.ts': "export { default } from './b'", 'b.ts': 'export default 1' },
    links: { 'package.json': '../lib/package.json' },
  },
  'tsconfig.json: paths': {
    files: {
      'a.ts': "export { default } from 'x'",
      'tsconfig.json':
        '{ "compilerOptions": { "baseUrl": "..", "paths": { "x": ["./secret.ts"] } } }',
    },
  },
  'tsconfig.json: extends': {
    files: { 'a.ts': 'let = broken', 'tsconfig.json': '{ "extends": "../broken.json" }' },
  },
  'tsconfig.json as a link': {
    files: { 'a.ts': 'export default <x />' },
    links: { 'tsconfig.json': '../broken.json' },
  },
  'a source map beside': {
    files: { 'a.ts': `export default 1\n${MAP}../secret.map` },
  },
  'a source map by URL': {
    files: { 'a.ts': `export default 1\n${MAP}file://OUTER/secret.map` },
  },
  'a source map within, with sources outside': {
    files: {
      'a.ts': `export default 1\n${MAP}data:application/json,${encodeURIComponent(
        '{"version":3,"sources":["file:///etc/passwd","../secret.txt"],"mappings":"AAAA","names":[]}',
      )}`,
    },
  },
  'a computed import': {
    files: { 'a.ts': 'const x = String(globalThis)\nimport("../secret" + x)\nexport default 1' },
  },
  'a computed import of what is at hand': {
    files: { 'a.ts': 'const x = String(globalThis)\nimport("./" + x)\nexport default 1' },
  },
  'a computed require': {
    files: { 'a.ts': 'const x = String(globalThis)\nexport default require("../../tmp/" + x)' },
  },
  'a require that is caught': {
    files: { 'a.ts': 'let x\ntry { x = require("../secret.txt") } catch {}\nexport default x' },
  },
  'an import() that is caught': {
    files: { 'a.ts': 'export default import("../secret.txt").catch(() => 1)' },
  },
  'require.resolve': {
    files: { 'a.ts': 'export default require.resolve("../secret.txt")' },
  },
  'the place JSX comes from': {
    files: {
      'a.tsx': '',
      'a.ts': "export { default } from './b'",
      'b.tsx': '/** @jsxImportSource ../.. */ export default <p />',
    },
  },
  'an URL relative to the module': {
    files: { 'a.ts': "export default new URL('../secret.txt', import.meta.url).href" },
  },
  'a stylesheet that imports': {
    files: { 'a.ts': "export { default } from './a.css'", 'a.css': '@import "../secret.txt";' },
  },
}

describe('nothing outside of the folder gets into a bundle or an error', () => {
  test.each(Object.keys(ATTACKS))('%s', async (name) => {
    const { text } = await seenBy(ATTACKS[name] as Attack)
    expect(text).not.toContain(CANARY)
    expect(text).not.toContain('root:')
  })

  test("the canaries are there: the folder's own files may be read", async () => {
    const { text } = await seenBy({
      files: { 'a.ts': "export { default } from './secret.txt'", 'secret.txt': CANARY },
    })
    expect(text).toContain(CANARY)
  })

  test('a script that is a link', async () => {
    const { error } = await seenBy({ links: { 'a.ts': '../secret.ts' } })
    expect(error).toMatchObject({ code: 'SCRIPT_NOT_FOUND' })
  })

  test.each(['tsconfig.json: paths', 'tsconfig.json: extends', 'tsconfig.json as a link'])(
    'says the same with and without %s',
    async (name) => {
      const { files = {} } = ATTACKS[name] as Attack
      const plain = await seenBy({ files: { 'a.ts': files['a.ts'] as string } })
      const attacked = await seenBy(ATTACKS[name] as Attack)
      expect(attacked.error?.diagnostics).toEqual(plain.error?.diagnostics)
    },
  )
})

describe('what there is outside of the folder is not told either', () => {
  const files = { 'a.ts': "export { default } from './link.txt'" }

  test.each([
    ['a link', '../secret.txt', '../secret.gone'],
    ['an absolute link', '/etc/passwd', '/etc/gone'],
    ['a link through a file', '../secret.txt', '../secret.txt/x'],
    ['a link through what may not be entered', '/root/.ssh/x', '/gone/x'],
  ])('%s to something looks as one to nothing', async (_, there, absent) => {
    const one = await seenBy({ files, links: { 'link.txt': there } })
    const other = await seenBy({ files, links: { 'link.txt': absent } })
    expect(one.error?.diagnostics).toMatchObject([{ code: 'import-outside' }])
    expect(other.error?.diagnostics).toEqual(one.error?.diagnostics)
  })

  test('computed imports look the same whatever they would find', async () => {
    const computed = (path: string) => ({
      files: { 'a.ts': `const x = String(globalThis)\nimport("${path}" + x)\nexport default 1` },
    })
    const [one, two, three] = await Promise.all(
      ['../../../etc/pass', '../../../etc/gone', '../../gone/folder/'].map((path) =>
        seenBy(computed(path)),
      ),
    )
    const withoutLine = (seen: typeof one) =>
      seen?.error?.diagnostics.map((each) => ({ ...each, lineText: '' }))
    expect(withoutLine(two)).toEqual(withoutLine(one))
    expect(withoutLine(three)).toEqual(withoutLine(one))
    expect(one?.error?.diagnostics).toHaveLength(1)
  })
})

describe('what is no file is not read', () => {
  test.each([
    ['a pipe', (path: string) => execFileSync('mkfifo', [path])],
    ['a folder', (path: string) => mkdirSync(path)],
    ['links that lead to each other', (path: string) => symlinkSync('./thing.txt', path)],
  ])('%s', async (_, make) => {
    const folder = folderOf({ 'a.ts': "export { default } from './thing.txt'" })
    make(join(folder, 'thing.txt'))
    await expect(bundler.bundle(join(folder, 'a.ts'))).rejects.toMatchObject({
      diagnostics: [{ file: 'a.ts', line: 1 }],
    })
  })

  test('a device behind a link', async () => {
    const { error } = await seenBy({
      files: { 'a.ts': "export { default } from './zero.txt'" },
      links: { 'zero.txt': '/dev/zero' },
    })
    expect(error?.diagnostics).toMatchObject([{ code: 'import-outside' }])
  })

  test('a pipe that is a manifest', async () => {
    const folder = folderOf({ 'a.ts': 'export default 1' })
    execFileSync('mkfifo', [join(folder, 'package.json')])
    const { code } = await bundler.bundle(join(folder, 'a.ts'))
    expect(evaluate('ng', code, '__script.default')).toBe(1)
  })
})

describe('a folder that is exchanged', () => {
  test('between the look and the read leads nowhere', () => {
    const outer = folderOf({ 'secret/b.txt': CANARY, 'tenant/lib/b.txt': 'own' })
    const folder = new Folder(join(outer, 'tenant'))
    expect(folder.locate('lib/b.txt')).toEqual({ kind: 'file', path: 'lib/b.txt' })
    renameSync(join(outer, 'tenant/lib'), join(outer, 'tenant/old'))
    symlinkSync(join(outer, 'secret'), join(outer, 'tenant/lib'))
    expect(folder.read('lib/b.txt', 100)).toBe('unreadable')
  })

  test('and a file that has become a link or a pipe is not followed', () => {
    const outer = folderOf({ 'secret.txt': CANARY, 'tenant/b.txt': 'own', 'tenant/c.txt': 'own' })
    const folder = new Folder(join(outer, 'tenant'))
    folder.locate('b.txt')
    for (const name of ['b.txt', 'c.txt'])
      renameSync(join(outer, 'tenant', name), join(outer, name))
    symlinkSync(join(outer, 'secret.txt'), join(outer, 'tenant/b.txt'))
    execFileSync('mkfifo', [join(outer, 'tenant/c.txt')])
    expect(folder.read('b.txt', 100)).toBe('unreadable')
    expect(folder.read('c.txt', 100)).toBe('unreadable')
  })

  test('is itself given by a link, and absolute links into it are its own', () => {
    const outer = folderOf({ 'real/b.txt': 'own' })
    symlinkSync(join(outer, 'real'), join(outer, 'tenant'))
    symlinkSync(join(outer, 'tenant/b.txt'), join(outer, 'real/c.txt'))
    const folder = new Folder(join(outer, 'tenant'))
    expect(folder.locate('c.txt')).toEqual({ kind: 'file', path: 'b.txt' })
    writeFileSync(join(outer, 'real/b.txt'), 'changed')
    expect(folder.read('b.txt', 100)).toMatchObject({ bytes: Buffer.from('changed') })
  })
})

describe("an operator's packages", () => {
  test('lead no further than themselves', async () => {
    const shared = folderOf({
      'node_modules/p/index.js': "export { default } from '../../secret.ts'",
      'node_modules/q/package.json': '{ "main": "../../secret.ts" }',
      'secret.ts': `export default '${CANARY}'`,
    })
    const packages = join(shared, 'node_modules')
    for (const name of ['p', 'q', 'p/../../secret.ts']) {
      const files = { 'a.ts': `export { default } from '${name}'` }
      const { text, error } = await seenBy({ files }, { packages })
      expect(error).toMatchObject({ code: 'SCRIPT_BROKEN' })
      expect(text).not.toContain(CANARY)
    }
  })
})

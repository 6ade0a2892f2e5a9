import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { Builder } from '../../../sandbox/bundle/builder.ts'
import { Bundler, type BundlerOptions } from '../../../sandbox/bundle/bundler.ts'
import type { BundleOptions } from '../../../sandbox/bundle/options.ts'
import { evaluate } from './engines.ts'
import { folderOf } from './tenant-folder.ts'

const FILES = {
  'a.ts': "import { b } from './b'\nimport p from 'p'\nexport default b + p",
  'b.js': "export const b = 'b'",
  'node_modules/p/package.json': '{ "main": "one.js" }',
  'node_modules/p/one.js': "export default '1'",
  'node_modules/p/two.js': "export default '2'",
}

/** A script's folder with a cache beside it, and what a start makes of them. */
function setUp(files: Readonly<Record<string, string>> = FILES, options: BundlerOptions = {}) {
  const folder = folderOf(files)
  const cache = join(folderOf({}), 'cache')
  return {
    folder,
    cache,
    start: (more?: BundleOptions) => start(join(folder, 'a.ts'), cache, options, more),
  }
}

const builder = new Builder()
afterAll(() => builder.close())

/** Starts anew: the script's value, and whether anything had to be built. */
async function start(
  file: string,
  cache: string,
  options: BundlerOptions,
  more: BundleOptions = {},
) {
  const before = builder.builds
  const bundle = await new Bundler({ cache, ...options }, builder).bundle(file, more)
  const value = evaluate('ng', bundle.code, `${bundle.global}.default`)
  return { value, built: builder.builds > before, bundle }
}

/** Makes a file's time one at which it was not just being written. */
function age(...paths: readonly string[]): void {
  for (const path of paths) utimesSync(path, 1000, 1000)
}

function entries(cache: string, ending: string): string[] {
  return readdirSync(cache).filter((name) => name.endsWith(ending))
}

describe('a second start', () => {
  test('builds nothing, and has the same bundle', async () => {
    const { start } = setUp({ ...FILES, 'a.ts': `${FILES['a.ts']}\nvoid { x: 1, x: 2 }` })
    const first = await start()
    const second = await start()
    expect([first.built, second.built]).toEqual([true, false])
    expect(second.bundle.code).toBe(first.bundle.code)
    expect(second.bundle.map.json).toBe(first.bundle.map.json)
    expect(second.bundle.inputs).toEqual(first.bundle.inputs)
    expect(first.bundle.warnings).toHaveLength(1)
    expect(second.bundle.warnings).toEqual(first.bundle.warnings)
  })

  test.each([
    ['a file', 'b.js', "export const b = 'c'", 'c1'],
    ['a file, to the same size and time', 'b.js', "export const b = 'x'", 'x1'],
    ['a manifest', 'node_modules/p/package.json', '{ "main": "two.js" }', 'b2'],
  ])('builds again after %s has changed', async (_, path, text, value) => {
    const { start, folder } = setUp()
    await start()
    const { atime, mtime } = statSync(join(folder, path))
    writeFileSync(join(folder, path), text)
    utimesSync(join(folder, path), atime, mtime)
    expect(await start()).toMatchObject({ built: true, value })
    expect(await start()).toMatchObject({ built: false, value })
  })

  test.each([
    ['a file that comes first', 'b.ts', "export const b = 'ts'", 'ts1'],
    ['a manifest', 'package.json', '{ "browser": { "p": "./mine.js" } }', 'bm'],
  ])('builds again after %s has appeared', async (_, path, text, value) => {
    const { start, folder } = setUp({ ...FILES, 'mine.js': "export default 'm'" })
    await start()
    writeFileSync(join(folder, path), text)
    expect(await start()).toMatchObject({ built: true, value })
  })

  test('builds again after a link leads elsewhere', async () => {
    const { start, folder } = setUp({
      ...FILES,
      'v1/index.ts': "export const b = 'v1'",
      'v2/index.ts': "export const b = 'v2'",
    })
    rmSync(join(folder, 'b.js'))
    symlinkSync('v1', join(folder, 'b'))
    expect(await start()).toMatchObject({ value: 'v11' })
    rmSync(join(folder, 'b'))
    symlinkSync('v2', join(folder, 'b'))
    expect(await start()).toMatchObject({ built: true, value: 'v21' })
  })

  test('fails where a file is gone', async () => {
    const { start, folder } = setUp()
    await start()
    rmSync(join(folder, 'b.js'))
    await expect(start()).rejects.toMatchObject({ diagnostics: [{ code: 'import-missing' }] })
  })

  test('builds nothing after a file was only touched, or exchanged for the same', async () => {
    const { start, folder } = setUp()
    await start()
    age(join(folder, 'b.js'))
    writeFileSync(join(folder, 'copy'), FILES['a.ts'])
    renameSync(join(folder, 'copy'), join(folder, 'a.ts'))
    expect(await start()).toMatchObject({ built: false, value: 'b1' })
  })

  test.each<[string, BundleOptions]>([
    ['the global variable', { global: 'other' }],
    ['what is provided', { provided: { x: '' } }],
    ['a limit', { limits: { files: 10 } }],
  ])('builds again where %s is another one', async (_, options) => {
    const { start } = setUp()
    await start()
    expect(await start(options)).toMatchObject({ built: true, value: 'b1' })
    expect(await start()).toMatchObject({ built: false })
  })

  test('of the same script for another tenant shares the bundle', async () => {
    const { start: one, cache } = setUp()
    await one()
    await start(join(folderOf(FILES), 'a.ts'), cache, {})
    expect(entries(cache, '.recipe')).toHaveLength(2)
    expect(entries(cache, '.bundle')).toHaveLength(1)
  })
})

describe('what lies in the cache is not trusted', () => {
  test.each(['.recipe', '.bundle'])('a damaged %s is made anew', async (ending) => {
    const { start, cache } = setUp()
    await start()
    const [name = ''] = entries(cache, ending)
    const path = join(cache, name)
    const text = readFileSync(path, 'utf8')
    const damages = [
      text.slice(0, -1),
      text.slice(0, 20),
      '',
      `${text} `,
      text.replace(/"(b|key)"/, '"c"'),
      text.replace(/^.*\n/, ''),
      'null',
    ]
    for (const damage of damages) {
      expect(damage).not.toBe(text)
      writeFileSync(path, damage)
      expect(await start(), damage.slice(0, 80)).toMatchObject({ built: true, value: 'b1' })
      expect(readFileSync(path, 'utf8').length).toBe(text.length)
    }
  })

  test('a bundle in the place of another is not taken for it', async () => {
    const { start, folder, cache } = setUp()
    await start()
    const [first = ''] = entries(cache, '.bundle')
    const text = readFileSync(join(cache, first))
    writeFileSync(join(folder, 'b.js'), "export const b = 'z'")
    await start()
    const other = entries(cache, '.bundle').find((name) => name !== first) ?? ''
    writeFileSync(join(cache, other), text)
    expect(await start()).toMatchObject({ built: true, value: 'z1' })
  })

  test('a folder others may write to is refused', () => {
    const cache = join(folderOf({}), 'cache')
    mkdirSync(cache)
    chmodSync(cache, 0o777)
    expect(() => new Bundler({ cache })).toThrow(expect.objectContaining({ code: 'CACHE_UNSAFE' }))
    chmodSync(cache, 0o700)
    new Bundler({ cache }).close()
  })

  test('a link in the place of the folder is refused', () => {
    const folder = folderOf({ 'real/x': '' })
    symlinkSync(join(folder, 'real'), join(folder, 'cache'))
    const open = () => new Bundler({ cache: join(folder, 'cache') })
    expect(open).toThrow(expect.objectContaining({ code: 'CACHE_UNSAFE' }))
  })

  test('and is for its owner alone', async () => {
    const { start, cache } = setUp()
    await start()
    expect(statSync(cache).mode & 0o777).toBe(0o700)
    for (const name of readdirSync(cache)) {
      expect(statSync(join(cache, name)).mode & 0o777).toBe(0o600)
    }
  })
})

describe('the size of the cache', () => {
  const scripts = Object.fromEntries(
    Array.from({ length: 10 }, (_, i) => [`${i}.ts`, `export default ${i}`]),
  )

  async function fill(cacheLimits: { entries: number; bytes: number }) {
    const folder = folderOf(scripts)
    const cache = join(folderOf({}), 'cache')
    const bundler = new Bundler({ cache, cacheLimits })
    await Promise.all(Object.keys(scripts).map((name) => bundler.bundle(join(folder, name))))
    bundler.close()
    return { folder, cache }
  }

  test('is bounded by files', async () => {
    const { cache } = await fill({ entries: 6, bytes: 1e9 })
    expect(readdirSync(cache)).toHaveLength(6)
  })

  test('is bounded by bytes', async () => {
    const { cache } = await fill({ entries: 1000, bytes: 5000 })
    const sizes = readdirSync(cache).map((name) => statSync(join(cache, name)).size)
    expect(sizes.length).toBeGreaterThan(0)
    expect(sizes.reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(5000)
  })

  test('is kept by what was used last', async () => {
    const cacheLimits = { entries: 20, bytes: 1e9 }
    const { folder, cache } = await fill(cacheLimits)
    for (const name of readdirSync(cache)) age(join(cache, name))
    await start(join(folder, '3.ts'), cache, { cacheLimits })
    const other = folderOf({ 'a.ts': 'export default "new"' })
    const bundler = new Bundler({ cache, cacheLimits })
    await bundler.bundle(join(other, 'a.ts'))
    bundler.close()
    expect(readdirSync(cache)).toHaveLength(20)
    expect(await start(join(folder, '3.ts'), cache, { cacheLimits })).toMatchObject({
      built: false,
    })
    expect(await start(join(other, 'a.ts'), cache, { cacheLimits })).toMatchObject({ built: false })
  })

  test('leaves no drafts of those who died', async () => {
    const { folder, cache } = setUp()
    mkdirSync(cache, { mode: 0o700 })
    writeFileSync(join(cache, 'old.draft'), '')
    writeFileSync(join(cache, 'new.draft'), '')
    age(join(cache, 'old.draft'))
    const bundler = new Bundler({ cache }, builder)
    await bundler.bundle(join(folder, 'a.ts'))
    bundler.close()
    expect(entries(cache, '.draft')).toEqual(['new.draft'])
  })
})

import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { Bundler, bundle } from '../../../sandbox/bundle/bundler.ts'
import { ENGINES, type EngineName, evaluate } from './engines.ts'
import { folderOf } from './tenant-folder.ts'

const bundler = new Bundler()
afterAll(() => bundler.close())

const engines = Object.keys(ENGINES) as EngineName[]

describe('a bundle', () => {
  test.each(engines)('leaves the default export in its global variable (%s)', async (engine) => {
    const folder = folderOf({
      'shop.ts': `import { price } from './price'
        interface Shop { name: string }
        enum Kind { A = 1, B }
        export default { name: 'shop', price: price(2), kind: Kind.B } satisfies Shop & object`,
      'price.ts': 'export const price = (n: number): number => n * 21',
    })
    const { code, global } = await bundler.bundle(join(folder, 'shop.ts'))
    expect(evaluate(engine, code, `${global}.default`)).toEqual({
      name: 'shop',
      price: 42,
      kind: 2,
    })
  })

  test('uses the global variable that is asked for, and refuses what is none', async () => {
    const folder = folderOf({ 'a.ts': 'export default 1' })
    const { code } = await bundler.bundle(join(folder, 'a.ts'), { global: '$tenant' })
    expect(evaluate('ng', code, '$tenant.default')).toBe(1)
    const wrong = bundler.bundle(join(folder, 'a.ts'), { global: 'a; steal()' })
    await expect(wrong).rejects.toMatchObject({ code: 'OPTION_INVALID' })
  })

  test.each(engines)('is strict, CommonJS packages too (%s)', async (engine) => {
    const folder = folderOf({
      'a.ts': `import old from 'old'
        export default [old(), (function (this: unknown) { return this === undefined })()]`,
      'node_modules/old/index.js': 'module.exports = function () { return this === undefined }',
    })
    const { code } = await bundler.bundle(join(folder, 'a.ts'))
    expect(evaluate(engine, code, '__script.default')).toEqual([true, true])
  })

  test.each(engines)('has syntax the engine knows, of newer sources too (%s)', async (engine) => {
    const folder = folderOf({
      'a.ts': `
        const log: string[] = []
        function mark(value: unknown, { kind }: { kind: string }) { log.push(kind); return value as never }
        class A {
          static #count = 0
          static { A.#count = 1 }
          @mark method() { return A.#count }
          accessor size = 3
        }
        function run() {
          using _ = { [Symbol.dispose]() { log.push('disposed') } }
          log.push('body')
        }
        run()
        let nothing: number | undefined
        nothing ??= 1_000
        export default [log, new A().method(), new A().size, nothing, /(?<year>\\d+)/.exec('1')?.groups?.year]`,
    })
    const { code } = await bundler.bundle(join(folder, 'a.ts'))
    const expected = [['method', 'body', 'disposed'], 1, 3, 1000, '1']
    // The decorator of a method and its class run before `run` does.
    expect(
      evaluate(engine, "Symbol.dispose ??= Symbol('dispose')", code, '__script.default'),
    ).toEqual(expected)
  })

  test('keeps every character of its sources', async () => {
    const folder = folderOf({
      'ä.ts':
        "import t from './ß.txt'\nconst ü = { ö: '日本' }\nexport default t + ü.ö + /é/.source",
      'ß.txt': '\uFEFF\u{1F600}\u2028',
    })
    const { code } = await bundler.bundle(join(folder, 'ä.ts'))
    expect(evaluate('ng', code, '__script.default')).toBe('\u{1F600}\u2028日本é')
  })

  test('is the same for the same files, wherever they lie', async () => {
    const files = {
      'a.ts': "import { b } from './b'\nexport default b",
      'b.ts': 'export const b = 1',
    }
    const [one, two] = [folderOf(files), folderOf(files)]
    const first = await bundler.bundle(join(one, 'a.ts'))
    const second = await bundler.bundle(join(two, 'a.ts'))
    expect(second.code).toBe(first.code)
    expect(second.map.json).toBe(first.map.json)
    for (const path of [one, process.cwd()]) {
      expect(first.code + first.map.json).not.toContain(path)
    }
  })

  test('names the files to watch', async () => {
    const folder = folderOf({
      'a.ts':
        "import { b } from './lib/b'\nimport p from 'p'\nimport t from './t.txt'\nexport default [b, p, t]",
      'lib/b.ts': 'export const b = 1',
      't.txt': '',
      'node_modules/p/package.json': '{ "main": "p.js" }',
      'node_modules/p/p.js': 'export default 1',
      'other.ts': '',
    })
    const { inputs } = await bundler.bundle(join(folder, 'a.ts'))
    const names = [
      'a.ts',
      'lib/b.ts',
      'node_modules/p/p.js',
      'node_modules/p/package.json',
      't.txt',
    ]
    expect([...inputs].sort()).toEqual(names.map((name) => join(folder, name)))
  })

  test('tells what esbuild warns of, with its place', async () => {
    const folder = folderOf({ 'a.ts': 'export default {\n  ü: 1, ü: 2 }' })
    const { warnings } = await bundler.bundle(join(folder, 'a.ts'))
    expect(warnings).toMatchObject([{ file: 'a.ts', line: 2, column: 9, code: 'syntax' }])
  })

  test('keeps the texts that look like a source map', async () => {
    const text = '//# source' + 'MappingURL=x'
    const source = `export default ['${text}', \`${text}\`, /${text.slice(2)}/.test('${text}')]`
    const { code } = await bundler.bundle(join(folderOf({ 'a.ts': source }), 'a.ts'))
    expect(evaluate('ng', code, '__script.default')).toEqual([text, text, true])
  })

  test('checks no types', async () => {
    const folder = folderOf({ 'a.ts': "const n: number = 'text'\nexport default n" })
    const { code } = await bundler.bundle(join(folder, 'a.ts'))
    expect(evaluate('ng', code, '__script.default')).toBe('text')
  })

  test('can be made once, without anything to close', async () => {
    const folder = folderOf({ 'a.ts': 'export default 1' })
    const { code } = await bundle(join(folder, 'a.ts'))
    expect(evaluate('ng', code, '__script.default')).toBe(1)
  })
})

describe('files that are no programs', () => {
  test('are imported as values and texts', async () => {
    const texts = {
      'b.txt': 'txt',
      'c.html': '<p>',
      'd.md': '# d',
      'e.css': 'a { b: c }',
      'f.svg': '<svg/>',
    }
    const folder = folderOf({
      'a.ts': `import a from './a.json'
        import { named } from './a.json'
        import typed from './a.json' with { type: 'json' }
        import source from './source.ts' with { type: 'text' }
        ${Object.keys(texts)
          .map((name) => `import ${name[0]} from './${name}'`)
          .join('\n')}
        export default [a, named, typed.named, source, b, c, d, e, f]`,
      'a.json': '{ "named": 7, "__proto__": 1 }',
      'source.ts': 'let = not parsed',
      ...texts,
    })
    const { code } = await bundler.bundle(join(folder, 'a.ts'))
    const [json, ...rest] = evaluate('ng', code, '__script.default') as unknown[]
    expect(Object.entries(json as object)).toEqual([
      ['named', 7],
      ['__proto__', 1],
    ])
    expect(rest).toEqual([7, 7, 'let = not parsed', ...Object.values(texts)])
  })

  test('are refused with their place when they are broken', async () => {
    const folder = folderOf({
      'a.ts': "export { default } from './a.json'",
      'a.json': '{\n  "a": ]\n}',
    })
    await expect(bundler.bundle(join(folder, 'a.ts'))).rejects.toMatchObject({
      code: 'SCRIPT_BROKEN',
      diagnostics: [{ file: 'a.json', line: 2, column: 8, lineText: '  "a": ]' }],
    })
  })
})

describe('modules of the gateway', () => {
  test('are what the option gives for them', async () => {
    const folder = folderOf({
      'a.ts': "import { definePlugin } from 'gateway/plugin'\nexport default definePlugin(20)",
    })
    const provided = { 'gateway/plugin': 'export const definePlugin = (n) => n + 1' }
    const { code } = await bundler.bundle(join(folder, 'a.ts'), { provided })
    expect(evaluate('ng', code, '__script.default')).toBe(21)
  })

  test('are refused by name where they are not', async () => {
    const folder = folderOf({ 'a.ts': "export { x as default } from 'gateway/kernel'" })
    const provided = { 'gateway/plugin': '', 'gateway/script': '' }
    await expect(bundler.bundle(join(folder, 'a.ts'), { provided })).rejects.toMatchObject({
      diagnostics: [
        {
          code: 'import-gateway',
          line: 1,
          column: 30,
          hint: 'there is gateway/plugin, gateway/script',
        },
      ],
    })
  })
})

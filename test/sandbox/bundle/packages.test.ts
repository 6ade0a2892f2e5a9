import { symlinkSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { runInNewContext } from 'node:vm'
import { afterAll, describe, expect, test } from 'vitest'
import { Bundler } from '../../../sandbox/bundle/bundler.ts'
import { ENGINES, type EngineName, evaluate } from './engines.ts'
import { folderOf } from './tenant-folder.ts'

const bundler = new Bundler()
afterAll(() => bundler.close())

const engines = Object.keys(ENGINES) as EngineName[]
const packages = resolve('node_modules')

/** What a script of these files exports, in the engine. */
async function exportOf(files: Readonly<Record<string, string>>): Promise<unknown> {
  const { code } = await bundler.bundle(join(folderOf(files), 'a.ts'))
  return evaluate('ng', code, '__script.default')
}

describe('real packages', () => {
  test.each(engines)('zod validates (%s)', async (engine) => {
    const folder = folderOf({
      'a.ts': `import { z } from 'zod'
        const Order = z.object({ id: z.number().int(), tags: z.array(z.string()).default([]) })
        export default [Order.parse({ id: 7 }), Order.safeParse({ id: 'x' }).success]`,
    })
    const { code, warnings } = await bundler.bundle(join(folder, 'a.ts'), { packages })
    expect(warnings).toEqual([])
    expect(evaluate(engine, code, '__script.default')).toEqual([{ id: 7, tags: [] }, false])
  })

  test.each(['hono', 'itty-router'])('%s answers a request', async (name) => {
    const folder = folderOf({
      'hono.ts': `import { Hono } from 'hono'
        import { html } from 'hono/html'
        const app = new Hono()
        app.get('/hello/:name', (c) => c.html(html\`<p>\${c.req.param('name')}</p>\`, 201))
        export default app`,
      'itty-router.ts': `import { AutoRouter, status } from 'itty-router'
        const router = AutoRouter()
        router.get('/hello/:name', ({ name }) => new Response(\`<p>\${name}</p>\`, { status: 201 }))
        export default router`,
    })
    const { code } = await bundler.bundle(join(folder, `${name}.ts`), { packages })
    // The sandbox's own Request and Response are another part's: here it is about the bundle.
    const web = { Request, Response, Headers, URL, TextEncoder, console }
    const get = "__script.default.fetch(new Request('http://x/hello/ada'))"
    const response: Response = await runInNewContext(`${code}\n${get}`, web)
    expect(response.status).toBe(201)
    expect(await response.text()).toBe('<p>ada</p>')
  })

  test.each(engines)('hono is syntax the engine knows (%s)', async (engine) => {
    const folder = folderOf({
      'a.tsx': `/** @jsxImportSource hono/jsx */
      import { Hono } from 'hono'
      import { secureHeaders } from 'hono/secure-headers'
      import { jwt } from 'hono/jwt'
      const app = new Hono()
      app.use(secureHeaders()).use(jwt({ secret: 's', alg: 'HS256' })).get('/', (c) => c.html(<p>hi</p>))
      export default app.routes.length`,
    })
    const { code } = await bundler.bundle(join(folder, 'a.tsx'), { packages })
    const web = `class Request {}; class Response {}; class Headers {}; class TextEncoder {}; class TextDecoder {}
      globalThis.crypto = { subtle: { importKey() {} } }`
    expect(evaluate(engine, web, code, '__script.default')).toBe(3)
  })
})

describe('a package', () => {
  test.each([
    ['worker', { worker: './w.js', browser: './b.js', import: './i.js', default: './d.js' }, 'w'],
    ['browser', { node: './n.js', browser: './b.js', import: './i.js' }, 'b'],
    ['import', { node: './n.js', require: './r.js', import: './i.js' }, 'i'],
    ['default', { node: './n.js', default: './d.js' }, 'd'],
    ['a file that is there', { worker: ['./gone.js', './w.js'] }, 'w'],
  ])('is taken by its condition %s', async (_, conditions, expected) => {
    const files = ['w', 'b', 'i', 'd', 'n', 'r'].map(
      (name) => [`node_modules/p/${name}.js`, `export default '${name}'`] as const,
    )
    const value = await exportOf({
      'a.ts': "export { default } from 'p'",
      'node_modules/p/package.json': JSON.stringify({ name: 'p', exports: { '.': conditions } }),
      ...Object.fromEntries(files),
    })
    expect(value).toBe(expected)
  })

  test('that is for Node alone is refused', async () => {
    const value = exportOf({
      'a.ts': "export { default } from 'p'",
      'node_modules/p/package.json': '{ "name": "p", "exports": { "node": "./n.js" } }',
      'node_modules/p/n.js': 'export default 1',
    })
    await expect(value).rejects.toMatchObject({
      diagnostics: [{ text: '"p" is not exported', hint: expect.stringMatching(/for Node alone/) }],
    })
  })

  test.each([
    ['module', { module: 'm.js', main: 'c.js' }, 'm'],
    ['main', { main: 'c' }, 'c'],
    ['main as a folder', { main: 'lib' }, 'lib'],
    ['browser', { browser: 'b.js', module: 'm.js' }, 'b'],
    ['index', {}, 'index'],
  ])('without exports is taken by its field %s', async (_, fields, expected) => {
    const value = await exportOf({
      'a.ts': "import p from 'p'\nexport default p",
      'node_modules/p/package.json': JSON.stringify(fields),
      'node_modules/p/m.js': "export default 'm'",
      'node_modules/p/b.js': "export default 'b'",
      'node_modules/p/c.js': "module.exports = 'c'",
      'node_modules/p/lib/index.js': "module.exports = 'lib'",
      'node_modules/p/index.js': "module.exports = 'index'",
    })
    expect(value).toBe(expected)
  })

  test('has its files and packages replaced by its browser map', async () => {
    const value = await exportOf({
      'a.ts': "export { default } from 'p'",
      'node_modules/p/package.json': JSON.stringify({
        main: 'main.js',
        browser: { './main.js': './b.js', './node.js': './web.js', fs: false, ws: './socket.js' },
      }),
      'node_modules/p/b.js': `import { x } from './node'
        import fs from 'fs'
        import ws from 'ws'
        export default [x, Object.keys(fs), ws]`,
      'node_modules/p/node.js': "export const x = 'node'",
      'node_modules/p/web.js': "export const x = 'web'",
      'node_modules/p/socket.js': "export default 'socket'",
    })
    expect(value).toEqual(['web', [], 'socket'])
  })

  test('finds its own packages first, then those further up', async () => {
    const value = await exportOf({
      'a.ts': "import p from 'p'\nimport q from 'q'\nexport default [p, q]",
      'node_modules/p/index.js':
        "import q from 'q'\nimport r from '@s/r/part'\nexport default q + r",
      'node_modules/p/node_modules/q/index.js': "export default 'near'",
      'node_modules/q/index.js': "export default 'far'",
      'node_modules/@s/r/part.js': "export default 'part'",
    })
    expect(value).toEqual(['nearpart', 'far'])
  })

  test('finds itself by its name, and its own files by #names', async () => {
    const value = await exportOf({
      'package.json': JSON.stringify({
        name: 'shop',
        exports: { './tax': './lib/tax.ts' },
        imports: { '#db': { worker: './lib/db.ts' }, '#q': 'q', '#lib/*': './lib/*.ts' },
      }),
      'a.ts': `import tax from 'shop/tax'
        import db from '#db'
        import q from '#q'
        import more from '#lib/more'
        export default [tax, db, q, more]`,
      'lib/tax.ts': "export default 'tax'",
      'lib/db.ts': "export default 'db'",
      'lib/more.ts': "export default 'more'",
      'node_modules/q/index.js': "export default 'q'",
    })
    expect(value).toEqual(['tax', 'db', 'q', 'more'])
  })

  test('of the operator is there for every script, behind what the script brings', async () => {
    const own = folderOf({
      'a.ts': "import p from 'p'\nimport q from 'q'\nexport default [p, q]",
      'node_modules/q/index.js': "export default 'own'",
    })
    const shared = folderOf({
      'p/index.js': "import q from 'q'\nexport default 'p' + q",
      'q/index.js': "export default 'shared'",
    })
    const { code, map } = await bundler.bundle(join(own, 'a.ts'), { packages: shared })
    expect(evaluate('ng', code, '__script.default')).toEqual(['pshared', 'own'])
    expect(JSON.parse(map.json).sources).toContain('node_modules/p/index.js')
  })

  test('may be linked within the folder, as pnpm does', async () => {
    const folder = folderOf({
      'a.ts': "export { default } from 'p'",
      'node_modules/.pnpm/p@1/node_modules/p/index.js': "export { default } from 'q'",
      'node_modules/.pnpm/p@1/node_modules/q/index.js': "export default 'q'",
    })
    symlinkSync('.pnpm/p@1/node_modules/p', join(folder, 'node_modules/p'))
    const { code } = await bundler.bundle(join(folder, 'a.ts'))
    expect(evaluate('ng', code, '__script.default')).toBe('q')
  })

  test('without side effects leaves out what nobody uses', async () => {
    const folder = folderOf({
      'a.ts': "import { used } from 'p'\nexport default used",
      'node_modules/p/package.json':
        '{ "main": "index.js", "sideEffects": ["index.*", "./effect.js"] }',
      'node_modules/p/index.js':
        "import './effect'\nexport * from './used'\nexport * from './rest'",
      'node_modules/p/used.js': 'export const used = 1',
      'node_modules/p/rest.js': "console.log('unused side effect')\nexport const rest = 2",
      'node_modules/p/effect.js': "globalThis.effect = 'kept'",
    })
    const { code } = await bundler.bundle(join(folder, 'a.ts'))
    expect(code).not.toContain('unused side effect')
    expect(code).toContain('kept')
  })

  test('whose manifest is broken is named, and nothing of the manifest is shown', async () => {
    const value = exportOf({
      'a.ts': "export { default } from 'p'",
      'node_modules/p/package.json': 'root:x:0:0',
    })
    await expect(value).rejects.toMatchObject({
      message: expect.not.stringContaining('root:x'),
      diagnostics: [{ code: 'package-broken', file: 'a.ts', line: 1 }],
    })
  })
})

describe('a relative import', () => {
  test.each([
    ['./b', 'b.ts', 'b'],
    ['./b.js', 'b.ts', 'b'],
    ['./b.ts', 'b.ts', 'b'],
    ['./c.mjs', 'c.mts', 'c'],
    ['./d', 'd/index.ts', 'd'],
    ['./d/', 'd/index.ts', 'd'],
    ['./e.config', 'e.config.ts', 'e'],
    ['././f/../b', 'b.ts', 'b'],
  ])('%s finds %s', async (specifier, path, value) => {
    const files = { 'a.ts': `export { default } from '${specifier}'`, 'f/x.ts': '' }
    expect(await exportOf({ ...files, [path]: `export default '${value}'` })).toBe(value)
  })
})

import { describe, expect, test } from 'vitest'
import { runCommand } from '../harness/command.ts'
import { type PackageOptions, pluginPackage } from '../harness/plugin-package.ts'
import { pluginSite, siteIn } from '../harness/plugin-site.ts'
import { get } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { tarball } from '../harness/tarball.ts'

const HANGS = 30_000

/** A plugin that is refused, and what is said of it: plugin, file and mend. */
type Refused = readonly [what: string, said: RegExp, options: PackageOptions]

const CASES: readonly Refused[] = [
  [
    'throws at load',
    /plugin "hello@1\.0\.0 \(.*plugin\.mjs\)" cannot be imported: Error: boom.*package\/plugin\.ts:2.*; nothing was changed; correct the plugin/s,
    { code: "throw new Error('boom')" },
  ],
  [
    'ends the process at load',
    /plugin "hello": package\.json and package\/plugin\.ts: ends the gateway that loads it \(exit code 3\); nothing was changed/,
    { code: 'process.exit(3)', gateway: { permissions: { native: true } } },
  ],
  [
    'waits at load for nothing',
    /plugin "hello": package\.json and package\/plugin\.ts: waits at the top of a module for what never comes; nothing/,
    { code: 'await new Promise(() => {})' },
  ],
  [
    'throws after load',
    /: ends the gateway that loads it \(exit code 1\): Error: late \\u\{1b\}\[2J; nothing was changed/,
    { code: "Promise.reject(new Error('late \\u001b[2J'))" },
  ],
  [
    'wants a newer API',
    /plugin "hello": package\.json, "gateway\.apiVersion": 7 is newer than the plugin API of this gateway, 1; update/,
    { gateway: { apiVersion: 7 } },
  ],
  [
    'wants another gateway',
    /plugin "hello": package\.json, "engines\.gateway": wants a gateway >=99, and this is /,
    { manifest: { engines: { gateway: '>=99' } } },
  ],
  [
    "has a built-in's directive",
    /plugin "hello": package\.json and package\/plugin\.ts: plugin "hello" defines "root" in scope location, which the kernel defines; nothing/,
    {
      files: {
        'plugin.ts': `import { definePlugin, text } from 'gateway/plugin'
export default definePlugin({ name: 'hello', directives: { root: text({ in: ['location'], default: '', doc: 'Mine.' }) } })`,
      },
    },
  ],
  [
    'has a schema that is not JSON',
    /plugin "hello": schema\.json: is not JSON .*; let "gateway plugin describe" write the file anew/,
    { files: { 'schema.json': '{' } },
  ],
  [
    'has a schema of another form',
    /plugin "hello": schema\.json, "directives\.hello\.scopes": .*\n.*"variables": is missing/,
    {
      files: {
        'schema.json':
          '{"plugin":"hello","directives":{"hello":{"doc":"x","usage":"x","schema":{},"scopes":["moon"]}}}',
      },
    },
  ],
  [
    'has a schema that is not true',
    /plugin "hello": package\/schema\.json: lacks directives "hello", which the code has; "gateway plugin describe"/,
    { files: { 'schema.json': '{"plugin":"hello","directives":{},"variables":{}}' } },
  ],
  [
    'is called otherwise than its schema says',
    /is named "hello", and the schema of its package says "other"; "gateway plugin describe"/,
    { files: { 'schema.json': '{"plugin":"other","directives":{},"variables":{}}' } },
  ],
  [
    'is no plugin',
    /plugin "hello@.*" has no default export; a plugin file ends in/,
    { files: { 'plugin.ts': 'export const a = 1' } },
  ],
  [
    'does not compile',
    /plugin "hello" cannot be bundled:.*package\/plugin\.ts:1:6/s,
    { files: { 'plugin.ts': 'const = 1' } },
  ],
  [
    'has no such entry',
    /plugin "hello": package\.json, "gateway\.entry": "src\/main\.ts" is not in the package; correct/,
    { gateway: { entry: 'src/main.ts' } },
  ],
  [
    'imports what lies outside of its package',
    /cannot be bundled:.*"\.\.\/\.\.\/\.\.\/\.\.\/\.\.\/outside\.ts", imported in its folder, leads out of the package.*package\/plugin\.ts:2:7/s,
    { code: "import '../../../../../outside.ts'" },
  ],
  [
    'does not bring what it imports',
    /"jose" is not in the package; a plugin brings what it imports: list it in "bundleDependencies"/,
    { code: "import 'jose'" },
  ],
  [
    'reaches for what it does not declare',
    /plugin "hello": package\.json, "gateway\.permissions": lacks "net", which "fetch" needs; declare "net": \[…\].*\n.*lacks "native", which "node:child_process" needs/,
    {
      code: `import { spawn } from 'node:child_process'
export const ask = () => spawn(String(fetch('http://x')))`,
    },
  ],
  [
    'is for a sandbox, and needs what it has not',
    /plugin "hello@1\.0\.0 \(.*plugin\.mjs\)" cannot run in the sandbox: package\/plugin\.ts:2:\d+: node:fs is not there.*; nothing was changed/s,
    {
      code: "import { readFileSync } from 'node:fs'\nexport const read = readFileSync",
      gateway: { isolation: 'sandbox', permissions: { fs: ['x'] } },
    },
  ],
  [
    'wants to be behind one that is not there',
    /plugin "hello": package\.json and package\/plugin\.ts: plugin "hello" asks to be "after:reel-ip" in access, and no plugin "reel-ip" is loaded; did you mean "real-ip"\?; nothing/,
    { gateway: { order: { access: 'after:reel-ip' } } },
  ],
  [
    'answers otherwise than its test data say',
    /plugin "hello": test data "greets": has the body "hello 1\.0\.0: Ann", and not "hi"; nothing was changed/,
    {
      gateway: { testData: 'cases.json' },
      files: {
        'cases.json': JSON.stringify([
          {
            name: 'greets',
            configuration: { server: { location: { '/': { hello: 'Ann' } } } },
            request: { target: '/' },
            answer: { status: 200, body: 'hi' },
          },
        ]),
      },
    },
  ],
  [
    'has test data that are refused',
    /plugin "hello": test data "typo": the configuration is refused: .*unknown directive "helo"/s,
    {
      gateway: { testData: 'cases.json' },
      files: {
        'cases.json': JSON.stringify([
          {
            name: 'typo',
            configuration: { server: { location: { '/': { helo: 'Ann' } } } },
            request: { target: '/' },
            answer: { status: 200 },
          },
        ]),
      },
    },
  ],
]

describe('lock, store and running gateway stay as they are when a plugin', () => {
  test.each(CASES)('%s', async (_, said, options) => {
    const site = pluginSite()
    site.workspace.write('outside.ts', '')
    const { code, stderr, stdout } = await site.plugin(
      'install',
      '--yes',
      site.folder('x', options),
    )
    expect([code, site.lock(), site.stored(), stdout]).toEqual([1, '', [], ''])
    expect(stderr).toMatch(said)
  })

  test('hangs at load', { timeout: HANGS }, async () => {
    const site = pluginSite()
    const folder = site.folder('x', { code: 'while (true);' })
    const { code, stderr } = await site.plugin('install', '--yes', folder)
    expect([code, site.lock(), site.stored()]).toEqual([1, '', []])
    expect(stderr).toContain(
      'plugin "hello": package/plugin.ts: has not loaded within 10 s; nothing at the top of a module',
    )
  })

  test('has no manifest', async () => {
    const site = pluginSite()
    site.workspace.write('x.tgz', tarball([{ path: 'package/plugin.ts', content: 'x' }]))
    const { code, stderr } = await site.plugin('install', '--yes', './x.tgz')
    expect([code, site.lock()]).toEqual([1, ''])
    expect(stderr).toContain(
      'plugin "./x.tgz": package.json: is not in the package; a plugin is a package with a package.json',
    )
  })

  test('has a link in its archive', async () => {
    const site = pluginSite()
    const files = Object.entries(pluginPackage()).map(([path, content]) => ({
      path: `package/${path}`,
      content,
    }))
    const link = { path: 'package/passwd', type: '2', link: '/etc/passwd' }
    site.workspace.write('x.tgz', tarball([...files, link]))
    const { code, stderr } = await site.plugin('install', '--yes', './x.tgz')
    expect([code, site.lock(), site.stored()]).toEqual([1, '', []])
    expect(stderr).toContain(
      'plugin "./x.tgz": "package/passwd" in its archive: is a symbolic link',
    )
  })

  test.each([
    [
      'has a path that leaves its folder',
      { path: 'package/../../../x', content: 'x' },
      '"package/../../../x" in its archive: leads out of the package; packages hold plain files',
    ],
    [
      'has a bomb in its archive',
      { path: 'package/zeros', content: new Uint8Array(101 << 20) },
      'its archive: unpacks to more than 100 MB; ask its author for a smaller package',
    ],
  ])('%s', async (_, entry, said) => {
    const site = pluginSite()
    site.workspace.write('x.tgz', tarball([entry]))
    const { code, stderr } = await site.plugin('install', '--yes', './x.tgz')
    expect([code, site.lock(), site.stored()]).toEqual([1, '', []])
    expect(stderr).toContain(`plugin "./x.tgz": ${said}`)
  })

  test('claims the content that another one has claimed', async () => {
    const site = pluginSite()
    await site.plugin(
      'install',
      '--yes',
      site.folder('a', { plugin: 'a' }),
      site.folder('b', { plugin: 'b' }),
    )
    const before = [site.lock(), site.stored()]
    site.workspace.write(
      'gateway.yaml',
      'http: { server: { listen: 127.0.0.1:1, location: { /: { a: 1, b: 2 } } } }\n',
    )
    const { code, stderr } = await runCommand(['-t'], { cwd: site.dir })
    expect([code, site.lock(), site.stored()]).toEqual([1, ...before])
    expect(stderr).toMatch(/gateway\.yaml:1:\d+: .*"[ab]".*"[ab]"/s)
  })

  test('is not where it should be', async () => {
    const site = pluginSite()
    for (const [source, said] of [
      ['./none', /"\.\/none": ".*\/none" does not exist; write a folder/],
      ['https://example.com/x.tgz', /is no source that plugins are fetched from; write a folder/],
      ['git+ssh://example.com/x', /is a git repository that is not on this disk; clone it/],
      ['Not A Name', /is neither a path nor the name of a package/],
    ] as const) {
      const { code, stderr } = await site.plugin('install', '--yes', source)
      expect([code, site.lock()]).toEqual([1, ''])
      expect(stderr).toMatch(said)
    }
  })

  test('has the directive of another installed one', async () => {
    const site = pluginSite()
    await site.plugin('install', '--yes', site.folder('a'))
    const before = site.lock()
    const same = site.folder('b', {
      name: 'b',
      plugin: 'b',
      files: {
        'plugin.ts': pluginPackage()['plugin.ts']?.replace("name: 'hello'", "name: 'b'") ?? '',
        'schema.json':
          pluginPackage()['schema.json']?.replace('"plugin":"hello"', '"plugin":"b"') ?? '',
      },
    })
    const { code, stderr } = await site.plugin('install', '--yes', same)
    expect([code, site.lock()]).toEqual([1, before])
    expect(stderr).toContain(
      'plugin "hello" defines "hello" in scope location, which plugin "b" defines; nothing was changed',
    )
  })
})

test('a running gateway serves on while plugins are refused, and reloads as before', async () => {
  const gateway = await startGateway({
    yaml: 'http: { server: [{ listen: 127.0.0.1:%%PORT%%, location: { /: { return: 200 plain } } }] }',
  })
  const site = siteIn(gateway.workspace)
  expect((await site.plugin('install', '--yes', site.folder('good'))).code).toBe(0)
  await gateway.reload()
  const bad = site.folder('bad', { name: 'bad', code: "throw new Error('boom')" })
  expect((await site.plugin('install', '--yes', bad)).code).toBe(1)
  await gateway.reload()
  expect((await get(gateway.port(), '/')).text).toBe('plain')
})

test('two commands at once both count', async () => {
  const site = pluginSite()
  const folders = ['a', 'b', 'c'].map((plugin) => site.folder(plugin, { plugin }))
  const results = await Promise.all(folders.map((each) => site.plugin('install', '--yes', each)))
  expect(results.map(({ code }) => code)).toEqual([0, 0, 0])
  expect(Object.keys(JSON.parse(site.lock()).plugins)).toEqual(['a', 'b', 'c'])
  expect((await site.plugin('verify')).code).toBe(0)
})

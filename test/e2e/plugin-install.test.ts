import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { runCommand } from '../harness/command.ts'
import { pluginPackage } from '../harness/plugin-package.ts'
import { pluginSite, type Site, siteIn } from '../harness/plugin-site.ts'
import { get } from '../harness/raw-client.ts'
import { startRegistry } from '../harness/registry.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { packageTarball } from '../harness/tarball.ts'

interface LockFile {
  readonly plugins: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

const locked = (site: Site, name = 'hello') => (JSON.parse(site.lock()) as LockFile).plugins[name]

async function installed(site: Site, ...sources: readonly string[]): Promise<void> {
  const { code, stderr } = await site.plugin('install', '--yes', ...sources)
  expect(code, stderr).toBe(0)
}

describe('a plugin is installed from', () => {
  test('a folder, with what npm would pack of it, and no script of it is run', async () => {
    const site = pluginSite()
    const scripts = { prepare: 'touch ../ran', install: 'touch ../ran', prepack: 'touch ../ran' }
    const folder = site.folder('my plugin#1%', {
      manifest: { scripts, files: ['plugin.ts', 'schema.json'] },
      files: { 'notes.txt': 'not in "files"' },
    })
    await installed(site, folder)
    expect(locked(site)).toMatchObject({
      version: '1.0.0',
      source: folder,
      resolved: `file:${folder}`,
      plugin: 'hello',
      permissions: {},
    })
    const [home = ''] = site.stored()
    expect(home).toMatch(/^hello@1\.0\.0-[0-9a-f]{12}$/)
    expect(site.workspace.read(`.gateway/plugins/${home}/package/notes.txt`)).toBe('')
    expect(site.workspace.read(`.gateway/plugins/${home}/package/plugin.ts`)).toContain('hello')
    expect(site.workspace.read('ran')).toBe('')
  })

  test('a tarball, whose integrity is locked', async () => {
    const site = pluginSite()
    await installed(site, site.archive('hello-1.0.0.tgz'))
    expect(locked(site)).toMatchObject({
      source: './hello-1.0.0.tgz',
      integrity: expect.stringMatching(/^sha512-/),
    })
  })

  test('a registry, by a range', async () => {
    const site = pluginSite()
    const registry = await startRegistry()
    for (const version of ['1.0.0', '1.1.0', '2.0.0']) {
      registry.publish(
        '@acme/hello',
        version,
        packageTarball(pluginPackage({ name: '@acme/hello', version })),
      )
    }
    await installed(site, '@acme/hello@^1.0.0', '--registry', registry.url)
    expect(locked(site, '@acme/hello')).toMatchObject({
      version: '1.1.0',
      source: '@acme/hello@^1.0.0',
      resolved: `${registry.url}/@acme/hello/-/1.1.0.tgz`,
    })
    expect(site.stored()[0]).toMatch(/^@acme\+hello@1\.1\.0-/)
  })

  test('a git folder, at a tag, without its scripts', async () => {
    const site = pluginSite()
    const folder = join(site.dir, 'repository')
    const git = (...words: readonly string[]) => {
      const who = ['-c', 'user.name=test', '-c', 'user.email=test@example.com']
      return execFileSync('git', ['-C', folder, ...who, ...words], { encoding: 'utf8' }).trim()
    }
    site.folder('repository', { manifest: { scripts: { prepare: 'touch ../ran' } } })
    git('init', '-q')
    git('add', '-A')
    git('commit', '-qm', 'one')
    git('tag', 'v1')
    const commit = git('rev-parse', 'HEAD')
    site.folder('repository', { version: '2.0.0' })
    git('commit', '-qam', 'two')
    await installed(site, `git+file://${folder}#v1`)
    expect(locked(site)).toMatchObject({
      version: '1.0.0',
      source: 'git+file:./repository#v1',
      resolved: `git+file:repository#${commit}`,
    })
    rmSync(join(site.dir, '.gateway'), { recursive: true })
    expect((await site.plugin('install')).stdout).toContain('installed hello 1.0.0')
    expect(site.workspace.read('ran')).toBe('')
  })
})

test('a running gateway picks a plugin up by reload, and its directives answer', async () => {
  const gateway = await startGateway({
    yaml: 'http: { server: [{ listen: 127.0.0.1:%%PORT%%, return: 200 plain }] }',
  })
  const site = siteIn(gateway.workspace)
  await installed(site, site.folder('hello'), site.folder('bye', { plugin: 'good-bye' }))
  await gateway.configure(`
plugins: [good-bye, { use: hello, isolation: native }]
http:
  server:
    - listen: 127.0.0.1:%%PORT%%
      location: { /: { hello: Ann }, /bye: { good_bye: Bob } }
`)
  await gateway.reload()
  expect((await get(gateway.port(), '/')).text).toBe('hello 1.0.0: Ann')
  expect((await get(gateway.port(), '/bye')).text).toBe('good-bye 1.0.0: Bob')
  const schema = JSON.parse(gateway.workspace.read('.gateway/schema.json'))
  expect(schema.$defs.location.anyOf[0].properties.good_bye.description).toBe('What is answered.')
})

test('a plugin finds the files of its package, and packages it bundles, after it was moved', async () => {
  const site = pluginSite()
  const folder = site.folder('hello', {
    code: `import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { word } from 'words'
if (readFileSync(join(import.meta.dirname, 'data/word.txt'), 'utf8') !== word) throw new Error('no')
if (readFileSync(new URL('data/word.txt', import.meta.url), 'utf8') !== word) throw new Error('no')`,
    gateway: { permissions: { fs: ['data'] } },
    manifest: { dependencies: { words: '1' }, bundleDependencies: ['words'] },
    files: {
      'data/word.txt': 'hi',
      'node_modules/words/package.json': '{"name":"words","version":"1.0.0","main":"index.js"}',
      'node_modules/words/index.js': "exports.word = require('letters').join('')",
      'node_modules/letters/package.json': '{"name":"letters","version":"1.0.0"}',
      'node_modules/letters/index.js': "module.exports = ['h', 'i']",
      'node_modules/words/node_modules/unused/package.json': '{"name":"unused"}',
    },
  })
  site.workspace.write(
    'hello/node_modules/words/package.json',
    '{"name":"words","version":"1.0.0","main":"index.js","dependencies":{"letters":"1"}}',
  )
  await installed(site, folder)
  expect((await site.plugin('verify')).code).toBe(0)
})

test('several are installed at once, or none', async () => {
  const site = pluginSite()
  const bad = site.folder('bad', { plugin: 'bad', gateway: { apiVersion: 2 } })
  const { code, stderr } = await site.plugin('install', '--yes', site.folder('hello'), bad)
  expect([code, site.lock(), site.stored()]).toEqual([1, '', []])
  expect(stderr).toContain('plugin "bad": package.json, "gateway.apiVersion": 2 is newer than')
})

test('a dry run does everything but the change', async () => {
  const site = pluginSite()
  const { code, stdout } = await site.plugin('install', '--dry-run', '--json', site.folder('hello'))
  expect([code, site.lock(), site.stored()]).toEqual([0, '', []])
  expect(JSON.parse(stdout)).toEqual([
    expect.objectContaining({ name: 'hello', from: null, to: '1.0.0', permissions: {} }),
  ])
  const text = await site.plugin('install', '--dry-run', './hello')
  expect(text.stdout).toBe('would install hello 1.0.0\nnothing was changed\n')
})

test('permissions are shown; without a terminal nothing is granted that was not said', async () => {
  const site = pluginSite()
  const folder = site.folder('hello', {
    gateway: { permissions: { net: ['api.example.com'], native: true } },
  })
  const { code, stderr } = await site.plugin('install', folder)
  expect([code, site.lock()]).toEqual([1, ''])
  expect(stderr).toContain('net        connect to: api.example.com')
  expect(stderr).toContain('native     start programs and threads, load machine code')
  expect(stderr).toContain('nothing was changed: there is no terminal to ask at; "--yes" grants')
})

describe('what the lock says', () => {
  test('is installed again by install without more words, from another clone', async () => {
    const site = pluginSite()
    const registry = await startRegistry()
    const archive = packageTarball(pluginPackage())
    registry.publish('hello', '1.0.0', archive)
    await installed(site, 'hello', '--registry', registry.url)
    const lock = site.lock()
    registry.publish('hello', '1.1.0', packageTarball(pluginPackage({ version: '1.1.0' })))
    const other = pluginSite()
    other.workspace.write('gateway.lock', lock)
    expect((await runCommand(['-t'], { cwd: other.dir })).stderr).toMatch(
      /plugin "hello@1\.0\.0 \(.*plugin\.mjs\)": its bundle is not there; "gateway plugin install"/,
    )
    const { code, stdout } = await other.plugin('install')
    expect([code, stdout]).toEqual([0, expect.stringContaining('installed hello 1.0.0')])
    expect([other.lock(), other.stored()]).toEqual([lock, site.stored()])
    expect((await other.plugin('install')).stdout).toContain('nothing to do')
  })

  test('is not installed when other bytes come', async () => {
    const site = pluginSite()
    const registry = await startRegistry()
    registry.publish('hello', '1.0.0', packageTarball(pluginPackage()))
    await installed(site, 'hello', '--registry', registry.url)
    registry.replace('hello', '1.0.0', packageTarball(pluginPackage({ code: '// more' })))
    rmSync(join(site.dir, '.gateway'), { recursive: true })
    const { code, stderr } = await site.plugin('install')
    expect([code, site.stored()]).toEqual([1, []])
    expect(stderr).toMatch(
      /plugin source "hello@1\.0\.0": .*integrity.*; what came is not what was/s,
    )
  })

  test('is not installed when the folder has changed since', async () => {
    const site = pluginSite()
    await installed(site, site.folder('hello'))
    site.folder('hello', { code: '// more' })
    rmSync(join(site.dir, '.gateway'), { recursive: true })
    const { code, stderr } = await site.plugin('install')
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /holds something else than when it was installed; "gateway plugin update/,
    )
  })
})

describe('a start refuses a bundle that was changed', () => {
  test('naming plugin, file and mend; install mends it; verify finds it', async () => {
    const site = pluginSite()
    await installed(site, site.folder('hello'))
    const [home = ''] = site.stored()
    const bundle = join(site.dir, '.gateway/plugins', home, 'plugin.mjs')
    writeFileSync(bundle, `${readFileSync(bundle, 'utf8')}\n// more`)
    const { code, stderr } = await runCommand(['-t'], { cwd: site.dir })
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /plugin "hello@1\.0\.0 \(\.gateway\/plugins\/hello@.*\/plugin\.mjs\)": its bundle is not the one of gateway\.lock; "gateway plugin install"/,
    )
    const verified = await site.plugin('verify')
    expect([verified.code, verified.stdout]).toEqual([
      1,
      expect.stringMatching(/hello +1\.0\.0 +broken/),
    ])
    expect((await site.plugin('install')).code).toBe(0)
    expect((await runCommand(['-t'], { cwd: site.dir })).code).toBe(0)
  })

  test('and verify finds other files under the same bundle', async () => {
    const site = pluginSite()
    await installed(site, site.folder('hello'))
    const [home = ''] = site.stored()
    writeFileSync(join(site.dir, '.gateway/plugins', home, 'package/plugin.ts'), '// nothing')
    const { code, stderr } = await site.plugin('verify')
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /plugin "hello": \.gateway\/.*\/package: holds other files than the lock/,
    )
  })
})

describe('update', () => {
  test('installs what the source has now, and says what is outdated', async () => {
    const site = pluginSite()
    const registry = await startRegistry()
    registry.publish('hello', '1.0.0', packageTarball(pluginPackage()))
    await installed(site, 'hello@^1.0.0', '--registry', registry.url)
    const ask = ['--registry', registry.url] as const
    expect((await site.plugin('outdated', ...ask)).stdout).toBe('')
    registry.publish('hello', '1.2.0', packageTarball(pluginPackage({ version: '1.2.0' })))
    registry.publish('hello', '2.0.0', packageTarball(pluginPackage({ version: '2.0.0' })))
    const { stdout } = await site.plugin('outdated', '--json', ...ask)
    expect(JSON.parse(stdout)).toEqual([
      { name: 'hello', installed: '1.0.0', wanted: '1.2.0', latest: '2.0.0' },
    ])
    const updated = await site.plugin('update', ...ask)
    expect([updated.code, updated.stdout]).toEqual([
      0,
      expect.stringContaining('hello 1.0.0 -> 1.2.0'),
    ])
    expect(locked(site)).toMatchObject({ version: '1.2.0', source: 'hello@^1.0.0' })
    // Those that run with the one before still have it.
    expect(site.stored()).toHaveLength(2)
    expect((await site.plugin('prune')).stdout).toMatch(/^hello@1\.0\.0-/)
    expect(site.stored()).toHaveLength(1)
  })

  test('that asks for more permissions stops and asks', async () => {
    const site = pluginSite()
    await installed(site, site.folder('hello', { gateway: { permissions: { env: ['A'] } } }))
    const before = site.lock()
    site.folder('hello', { version: '1.1.0', gateway: { permissions: { env: ['A', 'B'] } } })
    const { code, stderr } = await site.plugin('update')
    expect([code, site.lock()]).toEqual([1, before])
    expect(stderr).toMatch(
      /of that, new:\n.*env .*: B\n.*nothing was changed: there is no terminal/,
    )
    expect((await site.plugin('update', '--yes')).code).toBe(0)
    expect(locked(site)).toMatchObject({ permissions: { env: ['A', 'B'] } })
  })

  test('with nothing new changes nothing', async () => {
    const site = pluginSite()
    await installed(site, site.folder('hello'))
    const before = site.lock()
    expect((await site.plugin('update')).stdout).toContain('nothing to do')
    expect(site.lock()).toBe(before)
  })
})

test('remove takes a plugin out of the lock, and info and list tell of those that are left', async () => {
  const site = pluginSite()
  const hello = { manifest: { description: 'Says \u001b[2J\nMay: nothing' } }
  await installed(site, site.folder('hello', hello), site.folder('bye', { plugin: 'bye' }))
  expect((await site.plugin('remove', 'bye')).stdout).toContain('removed bye 1.0.0')
  expect((await site.plugin('list')).stdout).toMatch(
    /^PACKAGE .*\nhello +1\.0\.0 +hello +- +\.\/hello\n$/,
  )
  const { stdout } = await site.plugin('info', 'hello')
  expect(stdout).toContain('  hello string\n      What is answered.\n      in: location')
  expect(stdout).toContain('\nSays \\u{1b}[2J May: nothing\n')
  const info = await site.plugin('info', 'bye')
  expect([info.code, info.stderr]).toEqual([
    1,
    'gateway: [emerg] plugin "bye" is not installed; installed are hello\n',
  ])
})

test('describe writes the schema of a folder, and pack an archive that installs', async () => {
  const site = pluginSite()
  site.folder('hello')
  const { stdout } = await site.plugin('describe', './hello')
  expect(JSON.parse(stdout)).toEqual(JSON.parse(site.workspace.read('hello/schema.json')))
  const packed = await site.plugin('pack', './hello')
  expect([packed.code, packed.stdout]).toEqual([0, 'hello-1.0.0.tgz\n'])
  await installed(site, './hello-1.0.0.tgz')
})

test('a configuration that names what is not installed, or wants a sandbox, is refused', async () => {
  const site = pluginSite()
  await installed(site, site.folder('hello'))
  site.workspace.write(
    'gateway.yaml',
    'plugins:\n  - helo\n  - use: hello\n    isolation: sandbox\n',
  )
  const { code, stderr } = await runCommand(['-t'], { cwd: site.dir })
  expect(code).toBe(1)
  expect(stderr).toMatch(
    /gateway\.yaml:2:\d+: plugin "helo" is not installed; installed are hello; "gateway/,
  )
  expect(stderr).toMatch(/gateway\.yaml:3:\d+: plugin "hello" is made to run natively alone/)
  site.workspace.write(
    'gateway.yaml',
    'plugins:\n  - hello\n  - { use: hello, isolation: native }\n',
  )
  expect((await runCommand(['-t'], { cwd: site.dir })).stderr).toMatch(
    /gateway\.yaml:3:\d+: plugin "hello" is named twice; name it once/,
  )
  // Whoever may own that name on a registry: nobody is sent there.
  site.workspace.write('gateway.yaml', 'plugins: [gzip]\n')
  expect((await runCommand(['-t'], { cwd: site.dir })).stderr).toMatch(
    /gateway\.yaml:1:\d+: plugin "gzip" is built in; it is there without being named/,
  )
})

test('a plugin that no word of the configuration is of is not loaded, and still compared', async () => {
  const site = pluginSite()
  const code = "process.stderr.write('hello is loaded\\n')"
  await installed(site, site.folder('hello', { code, gateway: { permissions: { native: true } } }))
  const check = async (location: string) => {
    const yaml = `http: { server: { listen: 127.0.0.1:1, location: { /: { ${location} } } } }\n`
    site.workspace.write('gateway.yaml', yaml)
    return runCommand(['-t'], { cwd: site.dir })
  }
  expect((await check('return: 200')).stderr).not.toContain('hello is loaded')
  expect((await check('hello: Ann')).stderr).toContain('hello is loaded')
  const [home = ''] = site.stored()
  writeFileSync(join(site.dir, '.gateway/plugins', home, 'plugin.mjs'), '')
  expect(await check('return: 200')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('is not the one of gateway.lock'),
  })
})

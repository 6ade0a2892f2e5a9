import { writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type PackageOptions, pluginPackage } from '../harness/plugin-package.ts'
import { pluginSite, type Site } from '../harness/plugin-site.ts'
import { startRegistry } from '../harness/registry.ts'
import { packageTarball } from '../harness/tarball.ts'

interface Report {
  readonly findings: readonly Readonly<Record<string, string>>[]
  readonly packages: readonly object[]
  readonly unasked: readonly string[]
}

/** A plugin that brings a package. */
const BRINGING: PackageOptions = {
  code: "import { word } from 'words'\nexport const say = word",
  manifest: { license: 'MIT', dependencies: { words: '1' }, bundleDependencies: ['words'] },
  files: {
    'node_modules/words/package.json':
      '{"name":"words","version":"1.2.3","license":"ISC","main":"index.js"}',
    'node_modules/words/index.js': "exports.word = 'hi'",
  },
}

async function installed(site: Site, options: PackageOptions, ...words: readonly string[]) {
  const source = words.length > 0 ? words : [site.archive('hello.tgz', options)]
  const { code, stderr } = await site.plugin('install', '--yes', ...source)
  expect(code, stderr).toBe(0)
}

async function audited(site: Site, ...words: readonly string[]) {
  const { code, stderr, stdout } = await site.plugin('audit', '--json', ...words)
  return { code, stderr, ...(JSON.parse(stdout) as Report) }
}

describe('an audit asks the registry', () => {
  test('a plugin is from for what is known of it and of the packages in it', async () => {
    const site = pluginSite()
    const registry = await startRegistry()
    registry.publish('hello', '1.0.0', packageTarball(pluginPackage(BRINGING)))
    await installed(site, BRINGING, 'hello', '--registry', registry.url)
    expect(await audited(site)).toMatchObject({ code: 0, findings: [], unasked: [] })
    expect(registry.audited).toEqual([{ hello: ['1.0.0'], words: ['1.2.3'] }])
    registry.advise('words', {
      id: 1,
      title: 'Words can hurt',
      severity: 'high',
      url: 'https://example.com/advisories/1',
      vulnerable_versions: '<1.3.0',
    })
    registry.advise('words', { title: 'Another', severity: 'low', vulnerable_versions: '>=2' })
    const { code, findings, packages } = await audited(site)
    expect(code).toBe(1)
    expect(findings).toEqual([
      {
        plugin: 'hello',
        version: '1.0.0',
        kind: 'advisory',
        severity: 'high',
        about: 'words@1.2.3',
        fault: 'Words can hurt (https://example.com/advisories/1); versions <1.3.0',
        mend: expect.stringContaining('"gateway plugin update hello"'),
      },
    ])
    expect(packages).toContainEqual({
      plugin: 'hello',
      name: 'words',
      version: '1.2.3',
      licence: 'ISC',
    })
    const text = await site.plugin('audit', 'hello')
    expect([text.code, text.stdout]).toEqual([
      1,
      expect.stringMatching(/^high +hello@1\.0\.0 {2}advisory: words@1\.2\.3 Words can hurt/),
    ])
  })

  test('and fails where nobody answers, with all that needs no network; offline it asks nobody', async () => {
    const site = pluginSite()
    await installed(site, { manifest: { license: 'MIT' } })
    const nobody = await audited(site, '--registry', 'http://127.0.0.1:1')
    expect([nobody.code, nobody.findings]).toEqual([1, []])
    expect(nobody.stderr).toMatch(
      /advisories of http:\/\/127\.0\.0\.1:1 cannot be fetched: .*; see that the registry can be reached/,
    )
    const offline = await audited(site, '--registry', 'http://127.0.0.1:1', '--offline')
    expect([offline.code, offline.unasked]).toEqual([0, []])
  })
})

describe('an audit finds without a network', () => {
  test('licences that are not told, permissions nothing needs, and what is not pinned', async () => {
    const site = pluginSite()
    const folder = site.folder('hello', { gateway: { permissions: { net: ['*'], kv: ['a'] } } })
    await installed(site, {}, folder)
    const { code, findings } = await audited(site, '--offline')
    expect(code).toBe(0)
    expect(findings.map(({ about, kind, severity }) => [severity, kind, about])).toEqual([
      ['low', 'licence', 'hello@1.0.0'],
      ['low', 'provenance', 'file:./hello'],
      ['low', 'permission', 'net'],
      ['info', 'permission', 'net'],
    ])
  })

  test('code that reaches for what was not granted', async () => {
    const site = pluginSite()
    await installed(site, {
      code: 'export const ask = () => fetch("http://x")',
      gateway: { permissions: { net: ['x'] } },
    })
    site.workspace.write('gateway.lock', site.lock().replace(/"net": \[[^\]]*\]/, ''))
    const { code, findings } = await audited(site, '--offline')
    expect([code, findings[0]]).toEqual([
      1,
      expect.objectContaining({
        severity: 'high',
        kind: 'permission',
        fault: expect.stringContaining('lacks "net", which "fetch" needs'),
      }),
    ])
  })

  test('files that were changed, and others than those of the lock', async () => {
    const site = pluginSite()
    await installed(site, {})
    await installed(site, { version: '1.1.0' })
    const home = site.stored().find((name) => name.startsWith('hello@1.1.0')) ?? ''
    writeFileSync(`${site.dir}/.gateway/plugins/${home}/package/more.txt`, 'more')
    const { code, findings } = await audited(site, '--offline')
    expect([code, findings.map(({ severity, kind, about }) => [severity, kind, about])]).toEqual([
      1,
      [
        ['critical', 'files', `.gateway/plugins/${home}/package`],
        ['info', 'files', expect.stringMatching(/^\.gateway\/plugins\/hello@1\.0\.0-/)],
      ],
    ])
  })

  test('an API that this gateway does not have any more', async () => {
    const site = pluginSite()
    await installed(site, {})
    site.workspace.write('gateway.lock', site.lock().replace('"apiVersion": 1', '"apiVersion": 9'))
    const { code, findings } = await audited(site, '--offline')
    expect([code, findings[0]]).toEqual([1, expect.objectContaining({ kind: 'api' })])
  })
})

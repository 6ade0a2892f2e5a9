import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { pluginPackage } from '../harness/plugin-package.ts'
import { pluginSite } from '../harness/plugin-site.ts'
import { startRegistry } from '../harness/registry.ts'
import { packageTarball } from '../harness/tarball.ts'

const file = (name: string) => {
  return fileURLToPath(new URL(`../packages/provenance/${name}`, import.meta.url))
}
const ATTESTATIONS = readFileSync(file('attestations.json'), 'utf8')
const ARCHIVE = Buffer.from(readFileSync(file('hello-1.0.0.tgz.base64'), 'utf8'), 'base64')
const TRUST = ['--trust-root', file('trusted-root.json')] as const
const BUILT =
  'built of https://github.com/acme/hello at 0123456789abcdef0123456789abcdef01234567 by ' +
  'https://github.com/acme/hello/.github/workflows/release.yml@refs/tags/v1.0.0 ' +
  '(identified by https://token.actions.githubusercontent.com)'

async function registryWith(archive: Uint8Array, attestations?: string) {
  const registry = await startRegistry()
  registry.publish('hello', '1.0.0', archive, attestations)
  return { ...registry, words: ['hello', '--registry', registry.url] as const }
}

test('provenance is verified, shown before it is agreed to, locked, and told by info', async () => {
  const site = pluginSite()
  const { words } = await registryWith(ARCHIVE, ATTESTATIONS)
  const { code, stderr } = await site.plugin('install', '--yes', ...words, ...TRUST)
  expect([code, stderr]).toEqual([0, expect.stringContaining(`gateway:   ${BUILT}\n`)])
  expect(JSON.parse(site.lock()).plugins.hello.provenance).toEqual({
    signer: 'https://github.com/acme/hello/.github/workflows/release.yml@refs/tags/v1.0.0',
    issuer: 'https://token.actions.githubusercontent.com',
    repository: 'https://github.com/acme/hello',
    commit: '0123456789abcdef0123456789abcdef01234567',
  })
  expect((await site.plugin('info', 'hello')).stdout).toContain(`  signed     ${BUILT}\n`)
})

describe('nothing is installed where provenance', () => {
  test('is about other bytes', async () => {
    const site = pluginSite()
    const other = packageTarball(pluginPackage({ code: '// more' }))
    const { words } = await registryWith(other, ATTESTATIONS)
    const { code, stderr } = await site.plugin('install', '--yes', ...words, ...TRUST)
    expect([code, site.lock(), site.stored()]).toEqual([1, '', []])
    expect(stderr).toMatch(
      /plugin source "hello": its provenance does not hold: it is about pkg:npm\/hello@1\.0\.0, or other bytes/,
    )
  })

  test('is about another package', async () => {
    const site = pluginSite()
    const registry = await startRegistry()
    registry.publish('other', '1.0.0', ARCHIVE, ATTESTATIONS)
    const from = ['other', '--registry', registry.url, ...TRUST] as const
    const { code, stderr } = await site.plugin('install', '--yes', ...from)
    expect([code, stderr]).toEqual([1, expect.stringContaining('and not pkg:npm/other@1.0.0')])
  })

  test.each([
    ['was changed', (text: string) => text.replace(/"payload": "(.{20})./, '"payload": "$1x')],
    ['has another signature', (text: string) => text.replace(/"sig": "(.{40})../, '"sig": "$1xy')],
    ['is in no log', (text: string) => text.replace(/"logIndex": "\d+"/, '"logIndex": "77"')],
  ])('%s', async (_, change) => {
    const site = pluginSite()
    const changed = change(ATTESTATIONS)
    expect(changed).not.toBe(ATTESTATIONS)
    const { words } = await registryWith(ARCHIVE, changed)
    const { code, stderr } = await site.plugin('install', '--yes', ...words, ...TRUST)
    expect([code, site.lock()]).toEqual([1, ''])
    expect(stderr).toContain('its provenance does not hold: ')
  })

  test('is signed by somebody the trust root does not know', async () => {
    const site = pluginSite()
    const { words } = await registryWith(ARCHIVE, ATTESTATIONS)
    const root = JSON.parse(readFileSync(file('trusted-root.json'), 'utf8'))
    const nobody = JSON.stringify({ ...root, certificateAuthorities: [] })
    site.workspace.write('nobody.json', nobody)
    const from = [...words, '--trust-root', 'nobody.json'] as const
    const { code, stderr } = await site.plugin('install', '--yes', ...from)
    expect([code, stderr]).toEqual([1, expect.stringContaining('its provenance does not hold: ')])
  })
})

test('what cannot be verified is said, and not locked', async () => {
  const site = pluginSite()
  const { words } = await registryWith(ARCHIVE, ATTESTATIONS)
  const from = [...words, '--trust-root', 'absent.json'] as const
  const { code, stderr } = await site.plugin('install', '--yes', ...from)
  expect([code, stderr]).toEqual([
    0,
    expect.stringMatching(/its provenance cannot be verified: ENOENT/),
  ])
  expect(JSON.parse(site.lock()).plugins.hello.provenance).toBeUndefined()
})

test('an update that nobody has signed is a question, where what is installed was signed', async () => {
  const site = pluginSite()
  const { words, ...registry } = await registryWith(ARCHIVE, ATTESTATIONS)
  expect((await site.plugin('install', '--yes', ...words, ...TRUST)).code).toBe(0)
  const before = site.lock()
  registry.publish('hello', '1.1.0', packageTarball(pluginPackage({ version: '1.1.0' })))
  const { code, stderr } = await site.plugin('update', '--registry', registry.url)
  expect([code, site.lock()]).toEqual([1, before])
  expect(stderr).toContain('nobody has signed what it was built of')
  expect(stderr).toContain(`before: ${BUILT}`)
})

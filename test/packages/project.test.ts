import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { transform } from 'esbuild'
import { describe, expect, test } from 'vitest'
import { readManifest } from '../../src/packages/manifest/manifest.ts'
import { createProject } from '../../src/packages/project/create.ts'
import { KIND_NAMES, PROJECT_KINDS } from '../../src/packages/project/kinds.ts'
import { namesOf } from '../../src/packages/project/names.ts'
import { projectFiles } from '../../src/packages/project/project-files.ts'
import { readTestData } from '../../src/packages/trial/test-data.ts'
import { onCleanup } from '../harness/cleanup.ts'
import { Workspace } from '../harness/workspace.ts'

function parent(): string {
  const workspace = new Workspace('project')
  onCleanup(() => workspace.remove())
  return workspace.dir
}

describe('the name of a project', () => {
  test.each([
    ['rate-limit', 'rate-limit', 'rate-limit', 'rate_limit'],
    ['@acme/rate-limit', 'rate-limit', 'rate-limit', 'rate_limit'],
    ['a.b_c', 'a.b_c', 'a-b-c', 'a_b_c'],
    ['2fa', '2fa', 'plugin-2fa', 'plugin_2fa'],
  ])('%s gives folder, plugin and word', (name, folder, plugin, word) => {
    expect(namesOf(name)).toEqual({ name, folder, plugin, word })
  })

  test.each([
    '',
    'Loud',
    '.hidden',
    '_x',
    'a b',
    '../up',
    'a/b',
    '@acme',
    '@acme/',
    '@/x',
    'fs',
    'node_modules',
    'x'.repeat(215),
  ])('%j is refused, as npm would', (name) => {
    expect(() => namesOf(name)).toThrow(/name/)
  })
})

test.each(KIND_NAMES)('%s has a manifest and test data that an installation takes', (kind) => {
  const files = projectFiles(namesOf('@acme/some-thing'), kind)
  expect(Object.values(files).join('')).not.toMatch(/my[-_]plugin/)
  const text = files['package.json'] ?? ''
  if (PROJECT_KINDS[kind].isolation === 'script') {
    expect(JSON.parse(text)).toMatchObject({ name: '@acme/some-thing', private: true })
    return
  }
  const { entry, isolation, name, testData = '' } = readManifest(text, 'test')
  expect([name, isolation]).toEqual(['@acme/some-thing', PROJECT_KINDS[kind].isolation])
  expect(files[entry]).toContain("name: 'some-thing'")
  expect(readTestData(files[testData] ?? '', name, testData).length).toBeGreaterThan(0)
})

test.each(KIND_NAMES)('%s may be named by a word of the language', async (kind) => {
  const files = Object.entries(projectFiles(namesOf('class'), kind))
  for (const [name, text] of files.filter(([file]) => file.endsWith('.ts'))) {
    const { warnings } = await transform(text, { loader: 'ts', sourcefile: name })
    expect(warnings).toEqual([])
  }
})

describe('a project', () => {
  test('appears whole in a new folder, or an empty one', async () => {
    const dir = parent()
    mkdirSync(join(dir, 'empty'))
    for (const name of ['new', '@acme/empty']) {
      const folder = await createProject({ name, kind: 'handler', parent: dir }, async (draft) => {
        expect(readFileSync(join(draft, 'plugin.ts'), 'utf8')).toContain('definePlugin')
        return { 'more/told.txt': 'told' }
      })
      expect(readFileSync(join(folder, 'more/told.txt'), 'utf8')).toBe('told')
    }
    expect(readdirSync(dir).sort()).toEqual(['empty', 'new'])
  })

  test('never overwrites, and leaves nothing where it fails', async () => {
    const dir = parent()
    const create = (name: string, complete = async () => ({})) =>
      createProject({ name, kind: 'access', parent: dir }, complete)
    writeFileSync(join(dir, 'file'), '')
    mkdirSync(join(dir, 'full'))
    writeFileSync(join(dir, 'full', 'own'), 'mine')
    for (const name of ['file', 'full']) {
      await expect(create(name)).rejects.toThrow('is not an empty folder; nothing was written')
    }
    const load = () => Promise.reject(new Error('does not load'))
    await expect(create('bad', load)).rejects.toThrow('does not load')
    // Somebody else is quicker.
    const late = create('late', async () => {
      mkdirSync(join(dir, 'late'))
      writeFileSync(join(dir, 'late', 'own'), 'mine')
      return {}
    })
    await expect(late).rejects.toThrow('is not an empty folder')
    expect(readFileSync(join(dir, 'late', 'own'), 'utf8')).toBe('mine')
    expect(readdirSync(dir).sort()).toEqual(['file', 'full', 'late'])
  })
})

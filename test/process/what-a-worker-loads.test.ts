import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { FIRST_PLUGINS, LAST_PLUGINS } from '../../src/plugins/index.ts'
import { ensureBuilt, ROOT } from '../harness/build.ts'

const DIST = path.join(ROOT, 'dist')
/** What is taken up at once, and not where it is needed first, stands at the beginning of a line. */
const IMPORT = /^(?:import|\}|import .*?)(?: from)? "([^"]+)";$/gm
/** What endings of files mean is known from here; it is small. */
const LIBRARIES = ['mime-types']
/** The worker's own, the core, and what the program and its commands have in common with it. */
const FILES = 5

beforeAll(ensureBuilt)

/** The files and libraries that come with a file, itself included. */
function broughtBy(file: string, found = new Set<string>()): ReadonlySet<string> {
  if (found.has(file)) return found
  found.add(file)
  for (const [, name = ''] of readFileSync(file, 'utf8').matchAll(IMPORT)) {
    if (name.startsWith('.')) broughtBy(path.join(path.dirname(file), name), found)
    else if (!name.startsWith('node:')) found.add(name)
  }
  return found
}

function isLibrary(name: string): boolean {
  return !path.isAbsolute(name)
}

test('a worker begins with few files and hardly any library', () => {
  const begins = readdirSync(path.join(DIST, 'chunks')).filter((name) =>
    /^worker-\w+\.js$/.test(name),
  )
  expect(begins).toHaveLength(1)
  const found = [...broughtBy(path.join(DIST, 'chunks', ...begins))]
  expect(found.filter(isLibrary)).toEqual(LIBRARIES)
  expect(found.filter((name) => !isLibrary(name)).length).toBeLessThanOrEqual(FILES)
})

test.each([...FIRST_PLUGINS, ...LAST_PLUGINS])('plugin %s brings no library', (name) => {
  const found = [...broughtBy(path.join(DIST, 'plugins', name, 'index.js'))]
  expect(found).toContain(path.join(DIST, 'plugin.js'))
  expect(found.filter(isLibrary)).toEqual(LIBRARIES)
})

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { globSync } from 'tinyglobby'
import { expect, test } from 'vitest'
import { chapters } from '../../docs/generator/documented.ts'
import { builtInPlugins } from '../../docs/generator/plugins.ts'
import { pageText } from './pages.ts'

// The right-hand side of a table of names must name what there is.

const WORD = /[A-Za-z_]\w+/g
const wordsIn = (text: string) => text.match(WORD) ?? []
const source = (file: string) =>
  readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
/** The pieces of code on a page. */
const code = (page: string) => (pageText(page).match(/`[^`\n]+`/g) ?? []).join(' ')

/** Names of a script: of its types, and of the options of `script`. */
const OF_SCRIPTS = [
  ...globSync('sandbox/guest/types/**/*.d.ts').map(source),
  code('docs/reference/scripts.md'),
]

/** Names of a plugin: whatever the public declarations say, and the directives. */
const OF_PLUGINS = [
  ...globSync('src/{plugin,kernel/**/*,wire/**/*,storage/zone/*,forward/*}.ts').map(source),
  ...chapters(await builtInPlugins()).flatMap((chapter) =>
    chapter.words.flatMap(({ names }) => names),
  ),
  code('docs/reference/plugin-api.md'),
]

/** What is JavaScript's or Node's own, and what stands for any name. */
const LANGUAGE = new Set([
  ...['import', 'return', 'await', 'new', 'env', 'config', 'dev', 'gateway'],
  ...[
    'encodeURIComponent',
    'decodeURIComponent',
    'JSON',
    'RegExp',
    'Promise',
    'all',
    'Date',
    'now',
  ],
  ...[
    'createHash',
    'createHmac',
    'node',
    'crypto',
    'zlib',
    'fs',
    'net',
    'process',
    'pid',
    'Buffer',
  ],
  ...['URLSearchParams', 'setTimeout', 'setInterval', 'fetch', 'null', 'CACHE', 'API', 'zone'],
])

const scripts = new Set([...OF_SCRIPTS.flatMap(wordsIn), ...LANGUAGE])
const plugins = new Set([...OF_PLUGINS.flatMap(wordsIn), ...LANGUAGE])

test.each(['from-njs', 'from-lua'])('the names on %s exist', (name) => {
  const page = pageText(join('docs', 'guide', `${name}.md`))
  const rows = [...page.matchAll(/^\| (`.*?) \| (.*?) ?\| (.*?) ?\|$/gm)]
  expect(rows.length).toBeGreaterThan(35)
  const unknown = rows.flatMap(([, left, ofScripts = '', ofPlugins = '']) => [
    ...codeIn(ofScripts)
      .filter((word) => !scripts.has(word))
      .map((word) => `${left}: ${word}`),
    ...codeIn(ofPlugins)
      .filter((word) => !plugins.has(word))
      .map((word) => `${left}: ${word}`),
  ])
  expect(unknown).toEqual([])
})

/** Names in the pieces of code of a cell; texts in quotes are none. */
function codeIn(cell: string): string[] {
  const pieces = [...cell.matchAll(/`([^`]*)`/g)].map(([, code = '']) => code)
  return pieces.flatMap((code) => wordsIn(code.replace(/'[^']*'/g, '')))
}

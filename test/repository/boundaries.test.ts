import { readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { globSync } from 'tinyglobby'
import { expect, test } from 'vitest'

/** Who may import what; see ARCHITECTURE.md. A path stands for itself and everything below it. */
interface Boundary {
  readonly from: string
  /** Folders of this repository. */
  readonly local: (file: string) => readonly string[]
  /** Packages; `node:` stands for all built-in modules. */
  readonly packages: readonly string[]
}

const ownFolder = (depth: number) => (file: string) => [file.split('/').slice(0, depth).join('/')]

/** The layers below the plugins: each may import those before it. */
const LAYERS = ['src/base', 'src/wire', 'src/storage', 'src/kernel', 'src/forward'] as const

const upTo = (layer: (typeof LAYERS)[number]) => LAYERS.slice(0, LAYERS.indexOf(layer) + 1)

/** What the sandbox's host is made with. */
const HOSTED = ['better-sqlite3', 'css-what', 'htmlparser2', 'ipaddr.js', 'undici'] as const
/** What scripts are bundled with. */
const BUNDLING = ['esbuild', 'resolve.exports', '@jridgewell/trace-mapping'] as const

/** What plugin packages are fetched and read with. */
const FETCHING = [
  'pacote',
  'npm-registry-fetch',
  '@sigstore/bundle',
  '@sigstore/protobuf-specs',
  '@sigstore/tuf',
  '@sigstore/verify',
  'tar',
  'semver/functions/satisfies.js',
  'semver/ranges/valid.js',
] as const

/** What is bundled into the web API of scripts. */
const POLYFILLS = ['urlpattern-polyfill/urlpattern', 'web-streams-polyfill'] as const

const BOUNDARIES: readonly Boundary[] = [
  { from: 'src/base', local: () => upTo('src/base'), packages: ['node:'] },
  { from: 'src/wire', local: () => ['src/base', 'src/wire'], packages: ['node:'] },
  {
    from: 'src/storage',
    local: () => ['src/base', 'src/storage'],
    packages: ['node:', 'pino', 'better-sqlite3'],
  },
  { from: 'src/kernel', local: () => upTo('src/kernel'), packages: ['node:'] },
  { from: 'src/forward', local: () => upTo('src/forward'), packages: ['node:'] },
  { from: 'src/content', local: () => ['src/content', ...upTo('src/kernel')], packages: ['node:'] },
  { from: 'src/serve', local: () => ['src/serve', ...upTo('src/kernel')], packages: ['node:'] },
  {
    from: 'src/config',
    local: () => ['src/config', 'src/serve', ...upTo('src/kernel')],
    packages: ['node:', 'yaml', 'tinyglobby', 'mime-types', 'mime-db'],
  },
  {
    from: 'src/loader',
    local: () => ['src/loader', 'src/base', 'src/wire', 'src/kernel'],
    packages: ['node:', 'esbuild'],
  },
  {
    from: 'src/packages',
    local: () => ['src/packages', 'src/loader', 'src/base', 'src/kernel'],
    packages: ['node:', 'esbuild', 'better-sqlite3', 'tinyglobby', ...FETCHING],
  },
  {
    from: 'src/plugins',
    local: (file) => [
      ...ownFolder(3)(file),
      ...(file.startsWith('src/plugins/script/') ? ['sandbox'] : []),
    ],
    packages: [
      'node:',
      'gateway/plugin',
      'pino',
      'mime-types',
      'croner',
      '@peculiar/x509',
      'reflect-metadata',
      'bcryptjs',
      'sharp',
      'unix-crypt-td-js',
    ],
  },
  {
    from: 'src/dev',
    local: () => ['src/dev', 'src/config', ...upTo('src/kernel')],
    packages: ['node:', 'chokidar'],
  },
  {
    from: 'src/testing',
    local: () => ['src/testing', 'src/plugins/variables', ...upTo('src/kernel')],
    packages: ['node:'],
  },
  {
    from: 'packaging/templates',
    local: ownFolder(3),
    packages: ['gateway/plugin', 'gateway/testing', 'node:'],
  },
  {
    from: 'plugins-examples',
    local: ownFolder(2),
    packages: ['gateway/plugin', 'gateway/script', 'node:', 'jose'],
  },
  {
    from: 'sandbox',
    local: () => ['sandbox'],
    packages: ['node:', ...BUNDLING, ...HOSTED, ...POLYFILLS],
  },
  { from: 'sandbox/bundle', local: () => ['sandbox/bundle'], packages: ['node:', ...BUNDLING] },
  {
    from: 'sandbox/host',
    local: () => ['sandbox/host', 'sandbox/border'],
    packages: ['node:', ...HOSTED],
  },
]

test.each(BOUNDARIES)('$from imports only what it may', ({ from, local, packages }) => {
  const files = globSync(`${from}/**/*.ts`)
  const offences = files.flatMap((file) =>
    importsOf(file)
      .filter((name) => !allowed(file, name, local(file), packages))
      .map((name) => `${file} imports ${name}`),
  )
  expect(offences).toEqual([])
})

test('nothing of the program imports the test kit', () => {
  const files = globSync('src/**/*.ts').filter((file) => !file.startsWith('src/testing/'))
  const offences = files.flatMap((file) =>
    importsOf(file)
      .filter((name) => name === 'gateway/testing' || allowed(file, name, ['src/testing'], []))
      .map((name) => `${file} imports ${name}`),
  )
  expect(offences).toEqual([])
})

test('only the public API re-exports, and what is the start of a bundle', () => {
  const files = globSync('{src,sandbox}/**/*.ts').filter((file) =>
    /^export (?:type )?(?:\*|\{[^}]*\}) from/m.test(readFileSync(file, 'utf8')),
  )
  const starts = files.filter((file) => file.startsWith('sandbox/guest/part-'))
  expect(files.filter((file) => !starts.includes(file))).toEqual(['src/plugin.ts'])
})

function importsOf(file: string): string[] {
  const source = readFileSync(file, 'utf8')
  const found = source.matchAll(/^(?:import|export)\s(?:[^'"]*?\sfrom\s)?['"]([^'"]+)['"]/gms)
  const dynamic = source.matchAll(/\bimport\(\s*['"]([^'"]+)['"]/g)
  return [...found, ...dynamic].map((hit) => hit[1] as string)
}

function allowed(
  file: string,
  name: string,
  folders: readonly string[],
  packages: readonly string[],
): boolean {
  if (name.startsWith('.')) {
    const target = relative('.', join(dirname(file), name))
    return folders.some((folder) => target === folder || target.startsWith(`${folder}/`))
  }
  if (name.startsWith('node:')) return packages.includes('node:')
  return packages.includes(name)
}

// Builds dist: types with tsc; the program with esbuild, as few files as lazy imports allow, for a
// worker's start is mostly loading files; each built-in plugin as one bundle, the way the loader
// bundles anybody's plugin.
import { spawn } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const root = dirname(fileURLToPath(import.meta.url))
const dist = join(root, 'dist')
const startedAt = Date.now()

const COMMON = {
  absWorkingDir: root,
  outdir: dist,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  packages: 'external',
  logLevel: 'warning',
}

await Promise.all([emitTypes(), bundleProgram(), bundlePlugins(), bundleSandbox()])
writeScriptTypes()
removeStale(dist)
chmodSync(join(dist, 'main.js'), 0o755)

function emitTypes() {
  const manifest = createRequire(import.meta.url).resolve('typescript/package.json')
  const tsc = join(dirname(manifest), 'bin', 'tsc')
  const child = spawn(process.execPath, [tsc, '-p', 'tsconfig.build.json'], {
    cwd: root,
    stdio: 'inherit',
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`tsc exited with ${code}`)),
    )
  })
}

function bundleProgram() {
  return build({
    ...COMMON,
    entryPoints: {
      main: 'src/main.ts',
      plugin: 'src/plugin.ts',
      'testing/index': 'src/testing/index.ts',
    },
    splitting: true,
    // Two levels deep as their sources, so that URLs relative to a module stay right.
    chunkNames: 'chunks/[name]-[hash]',
    sourcemap: true,
    plugins: [{ name: 'one-core', setup: bringCore }],
  })
}

/**
 * What a worker starts with is one chunk, for whatever is loaded late brings all of it. Without that,
 * esbuild makes a chunk of each set of entries that share something: forty of them.
 */
function bringCore(build) {
  const core = ['kernel/process/worker', 'config/compile', 'loader/index', 'plugin']
  const late = [
    'plugin',
    'testing/index',
    'kernel/process/(?:worker|program)',
    'config/(?:index|compile|schema|describe-plugin|pid-path|explain/index|format/index)',
    'loader/(?:index|bundle)',
    'packages/(?:installed|change/[\\w-]+)',
    'storage/log/error-log',
    'serve/tls/ticket-keys',
    'dev/dev',
  ]
  const contents = core.map((each) => `import './${each}.ts'\n`).join('')
  build.onResolve({ filter: /^gateway-core$/ }, ({ path }) => ({ path, namespace: 'core' }))
  build.onLoad({ filter: /./, namespace: 'core' }, () => ({
    contents,
    resolveDir: join(root, 'src'),
  }))
  build.onLoad({ filter: new RegExp(`/src/(?:${late.join('|')})\\.ts$`) }, ({ path }) => ({
    contents: `${readFileSync(path, 'utf8')}\nimport 'gateway-core'\n`,
    loader: 'ts',
  }))
}

async function bundlePlugins() {
  const folder = join(root, 'src', 'plugins')
  const names = readdirSync(folder).filter((name) => existsSync(join(folder, name, 'index.ts')))
  await build({
    ...COMMON,
    entryPoints: {
      ...Object.fromEntries(
        names.map((name) => [`plugins/${name}/index`, join(folder, name, 'index.ts')]),
      ),
      'plugins/auth-basic/crypt-thread': join(folder, 'auth-basic', 'crypt', 'crypt-thread.ts'),
    },
    plugins: [
      { name: 'gateway-plugin-api', setup: resolveApi },
      { name: 'guest-sources', setup: leaveOutGuestSources },
    ],
  })
}

/**
 * What the plugin `script` looks for beside itself: the process that bundles, what its threads run,
 * and the web API.
 */
async function bundleSandbox() {
  const folder = join(dist, 'plugins', 'script')
  await build({
    ...COMMON,
    entryPoints: {
      'plugins/script/child': 'sandbox/bundle/child.ts',
      'plugins/script/thread-main': 'sandbox/engine/threads/thread-main.ts',
    },
  })
  // What makes the web API runs from a bundle of its own, so that Node need not read TypeScript.
  const made = join(dist, 'guest-sources.mjs')
  await build({
    ...COMMON,
    outdir: undefined,
    outfile: made,
    entryPoints: ['sandbox/guest/sources.ts'],
    define: {
      'import.meta.url': JSON.stringify(
        pathToFileURL(join(root, 'sandbox', 'guest', 'sources.ts')).href,
      ),
    },
  })
  const { guestSources } = await import(pathToFileURL(made).href)
  writeFileSync(join(folder, 'guest.json'), JSON.stringify(await guestSources()))
  rmSync(made)
  await writePortable(folder)
}

/** `gateway/plugin` as plugins in the sandbox have it. */
async function writePortable(folder) {
  const made = join(dist, 'portable-source.mjs')
  const source = join('src', 'plugins', 'script', 'record', 'portable-source.ts')
  await build({
    ...COMMON,
    outdir: undefined,
    outfile: made,
    entryPoints: [source],
    define: { 'import.meta.url': JSON.stringify(pathToFileURL(join(root, source)).href) },
  })
  const { portableSource } = await import(pathToFileURL(made).href)
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  writeFileSync(join(folder, 'portable.js'), await portableSource(version))
  rmSync(made)
}

/**
 * `gateway/script`: types alone, and a module for those who import nothing of it. The globals that a
 * script finds come with it; here they would stand beside those of Node.
 */
function writeScriptTypes() {
  const types = join(root, 'sandbox', 'guest', 'types')
  const folder = join(dist, 'script')
  cpSync(join(types, 'globals'), join(folder, 'globals'), { recursive: true })
  const references = readdirSync(join(types, 'globals')).map(
    (name) => `/// <reference path="./globals/${name}" />\n`,
  )
  const own = readFileSync(join(types, 'script.d.ts'), 'utf8')
  writeFileSync(join(folder, 'index.d.ts'), `${references.join('')}\n${own}`)
  writeFileSync(join(folder, 'index.js'), 'export {}\n')
}

/** What scripts have is in files of the built program: what makes them stays outside. */
function leaveOutGuestSources(build) {
  const filter = /(?:guest\/sources|portable-source)\.ts$/
  build.onResolve({ filter }, ({ path }) => ({ path, external: true }))
}

/** What plugins call `gateway/plugin` is the kernel's own module beside them. */
function resolveApi(build) {
  build.onResolve({ filter: /^gateway\/plugin$/ }, () => ({
    path: '../../plugin.js',
    external: true,
  }))
}

/** Whatever this build has not written belongs to sources that are gone. */
function removeStale(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) removeStale(path)
    else if (statSync(path).mtimeMs < startedAt - 1000) rmSync(path)
  }
}

import { isBuiltin } from 'node:module'
import { dirname, join, relative, sep } from 'node:path'
import type { BuildOptions, Plugin as EsbuildPlugin } from 'esbuild'
import { API_SYMBOL } from '../../loader/plugin-api.ts'
import { framesOf, hashBundle, MODULE_OPTIONS } from '../../loader/plugin-module.ts'
import { LIMITS, megabytes } from '../limits.ts'
import { buildFailed } from '../package-error.ts'
import { MARKERS, type Places, placesIn, usesIn, WARN_OF } from './uses.ts'

/** A plugin as one module, and what it reaches for. */
export interface Bundle {
  readonly code: Uint8Array
  /** `sha256-…` of the code. */
  readonly hash: string
  /** What made it: other versions may make other bundles of the same sources. */
  readonly bundler: string
  /** Modules of Node by name, and globals, that lead out of the plugin. */
  readonly uses: readonly string[]
  /** Where they are in the package. */
  readonly places: Places
}

/** Where a bundle lies beside the folder of its package: it finds its files from there. */
export const BUNDLE_FILE = 'plugin.mjs'
export const PACKAGE_FOLDER = 'package'

/** Changes whenever bundles come out differently from the same sources. */
const FORMAT = '2'

/**
 * Bundles the entry of a package that lies in `home/package`. The same files give the same bytes,
 * wherever they lie: neither paths of this machine nor the gateway's own are in them.
 */
export async function bundlePackage(home: string, entry: string, plugin: string): Promise<Bundle> {
  const esbuild = await import('esbuild')
  try {
    const options = optionsFor(home, entry)
    const plugins = [nodeModules, ...options.plugins]
    const probe = await esbuild.build({ ...options, ...PROBE, plugins })
    const places = placesIn(probe.warnings)
    const probed = probe.outputFiles[0]
    const made = await esbuild.build({
      ...options,
      ...(NODE.test(probed?.text ?? '') && { banner: { js: bannerFor(entry) } }),
    })
    const code = made.outputFiles[0]
    if (!code || !probed) throw new Error('esbuild made no file')
    if (code.contents.length > LIMITS.bundle) {
      throw buildFailed(plugin, [`it comes to more than ${megabytes(LIMITS.bundle)}`])
    }
    refuseOutside(Object.keys(made.metafile.inputs), plugin)
    const [output] = Object.values(made.metafile.outputs)
    return {
      code: code.contents,
      hash: hashBundle(code.contents),
      bundler: `esbuild ${esbuild.version} format ${FORMAT}`,
      uses: usesIn(output?.imports ?? [], probed.text, places),
      places,
    }
  } catch (error) {
    throw buildFailed(plugin, await framesOf(error, esbuild))
  } finally {
    await esbuild.stop()
  }
}

/** A pattern that esbuild finds files for asks nobody who resolves imports. */
function refuseOutside(inputs: readonly string[], plugin: string): void {
  const own = (path: string) => path.startsWith(`${PACKAGE_FOLDER}/`) || path.startsWith('gateway:')
  const outside = inputs.find((path) => !own(path))
  if (outside === undefined) return
  throw buildFailed(plugin, [
    `"${outside}" leads out of the package: write imports with fixed paths`,
  ])
}

/** A second build that no one runs: names of globals are marked where they are really these. */
const PROBE = {
  define: { ...MODULE_OPTIONS.define, ...MARKERS },
  minifyWhitespace: true,
  sourcemap: false,
  logOverride: WARN_OF,
} as const

/** Has esbuild tell where modules of Node are imported. */
const nodeModules: EsbuildPlugin = {
  name: 'node-modules',
  setup(build) {
    build.onResolve({ filter: /.*/ }, ({ path }) => {
      return isBuiltin(path) ? { path, external: true, warnings: [{ text: path }] } : undefined
    })
  },
}

/**
 * What only the banner gives; of `require`, esbuild's own stand-in tells. A bundle without it needs no
 * Node: a sandbox can run it as it is.
 */
const NODE = /\b__plugin(?:Url|File|Folder)\b|Dynamic require of "/

function bannerFor(entry: string): string {
  const path = `./${PACKAGE_FOLDER}/${entry}`
  return (
    `import { createRequire as __createRequire } from 'node:module'; ` +
    `import { fileURLToPath as __path } from 'node:url'; ` +
    `const __pluginUrl = new URL(${JSON.stringify(encodeURI(path))}, import.meta.url).href, ` +
    `__pluginFile = __path(__pluginUrl), __pluginFolder = __path(new URL('.', __pluginUrl)).slice(0, -1), ` +
    `require = __createRequire(__pluginUrl);`
  )
}

function optionsFor(home: string, entry: string) {
  return {
    ...MODULE_OPTIONS,
    absWorkingDir: home,
    entryPoints: [join(home, PACKAGE_FOLDER, entry)],
    outfile: join(home, BUNDLE_FILE),
    plugins: [pluginApi, withinPackage(join(home, PACKAGE_FOLDER))],
  } satisfies BuildOptions
}

/** The gateway that runs the bundle gives the API: the bundle is the same for all of them. */
const pluginApi: EsbuildPlugin = {
  name: 'gateway-plugin-api',
  setup(build) {
    build.onResolve({ filter: /^gateway(?:\/|$)/ }, ({ path }) => {
      if (path === 'gateway/plugin') return { path, namespace: 'gateway' }
      return { errors: [{ text: `"${path}" is not there; plugins import "gateway/plugin"` }] }
    })
    build.onLoad({ filter: /.*/, namespace: 'gateway' }, () => ({
      contents: `module.exports = globalThis[Symbol.for(${JSON.stringify(API_SYMBOL)})]`,
      loader: 'js',
    }))
  },
}

/** A package brings what it imports; what lies around it on this machine is not its own. */
function withinPackage(root: string): EsbuildPlugin {
  const inside = (path: string) => path === root || path.startsWith(root + sep)
  return {
    name: 'within-package',
    setup(build) {
      build.onResolve({ filter: /.*/ }, async ({ path, pluginData, ...rest }) => {
        if (pluginData === RESOLVING || rest.kind === 'entry-point') return undefined
        const found = await build.resolve(path, { ...rest, pluginData: RESOLVING })
        if (found.external || found.errors.length > 0 || found.namespace !== 'file') {
          return found.errors.length > 0 ? { errors: [missing(path)] } : found
        }
        return inside(found.path)
          ? found
          : { errors: [outside(path, dirname(rest.importer), root)] }
      })
    },
  }
}

const RESOLVING = Symbol('resolving')

function missing(path: string) {
  const own = path.startsWith('.')
  const mend = own
    ? 'see that it is among the files of the package ("files")'
    : 'a plugin brings what it imports: list it in "bundleDependencies", and pack again'
  return { text: `"${path}" is not in the package; ${mend}` }
}

function outside(path: string, from: string, root: string) {
  const where = relative(root, from) || 'its folder'
  return {
    text: `"${path}", imported in ${where}, leads out of the package; what it needs has to be in it`,
  }
}

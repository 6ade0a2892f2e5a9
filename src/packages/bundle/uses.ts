import { isBuiltin } from 'node:module'
import type { Permissions } from '../manifest/permissions.ts'

type Need = 'net' | 'fs' | 'env' | 'native'

/** Modules of Node that lead nowhere: they compute. */
const HARMLESS: ReadonlySet<string> = new Set([
  'assert',
  'assert/strict',
  'async_hooks',
  'buffer',
  'console',
  'constants',
  'crypto',
  'diagnostics_channel',
  'events',
  'path',
  'path/posix',
  'path/win32',
  'perf_hooks',
  'punycode',
  'querystring',
  'stream',
  'stream/consumers',
  'stream/promises',
  'stream/web',
  'string_decoder',
  'timers',
  'timers/promises',
  'url',
  'util',
  'util/types',
  'zlib',
])

const NEEDS: Readonly<Record<string, Need>> = {
  dgram: 'net',
  dns: 'net',
  'dns/promises': 'net',
  http: 'net',
  http2: 'net',
  https: 'net',
  net: 'net',
  tls: 'net',
  fs: 'fs',
  'fs/promises': 'fs',
  sqlite: 'fs',
}

/** Globals that lead out of a plugin; esbuild puts the markers where the names are really these. */
const GLOBALS: Readonly<Record<string, Need>> = {
  fetch: 'net',
  WebSocket: 'net',
  EventSource: 'net',
  'process.env': 'env',
  'process.binding': 'native',
  'process.dlopen': 'native',
  'process.getBuiltinModule': 'native',
  'process.kill': 'native',
  'process.exit': 'native',
  eval: 'native',
}

/** What only the form of the code tells: what it comes to is known when it runs. */
const FORMS: Readonly<Record<string, Need>> = {
  'import(…)': 'native',
  'require(…)': 'native',
  'Function(…)': 'native',
  process: 'native',
}

/** Members of `process` that tell of nothing outside, and ways to ask whether it is there. */
const HARMLESS_PROCESS =
  /^(?:\??\.(?:arch|cpuUsage|emitWarning|hrtime|memoryUsage|nextTick|pid|platform|uptime|versions?|release)\b|&&|[!=]==?|\?\?|\)|$)/

const markerOf = (name: string): string => `__gateway_uses_${name.replace('.', '_')}`

/** What esbuild writes in the place of each global, also of those behind `globalThis`. */
export const MARKERS: Readonly<Record<string, string>> = Object.fromEntries(
  [...Object.keys(GLOBALS), 'process', 'Function'].flatMap((name) => [
    [name, markerOf(name)],
    [`globalThis.${name}`, markerOf(name)],
  ]),
)

/** What a bundle imports from outside of itself, as esbuild tells. */
interface Import {
  readonly path: string
  readonly external?: boolean
}

/** What esbuild tells of a place in the sources. */
interface Warning {
  readonly id: string
  readonly text: string
  readonly location: {
    readonly file: string
    readonly line: number
    readonly column: number
  } | null
}

/** By esbuild's own identifiers of warnings, which have to be asked for. */
const COMPUTED: Readonly<Record<string, string>> = {
  'unsupported-dynamic-import': 'import(…)',
  'unsupported-require-call': 'require(…)',
  'indirect-require': 'require(…)',
  'direct-eval': 'eval',
}

/** What makes esbuild tell of computed imports. */
export const WARN_OF = {
  'unsupported-dynamic-import': 'warning',
  'unsupported-require-call': 'warning',
  'indirect-require': 'warning',
  'direct-eval': 'warning',
} as const

/** Where the first of each use is, as far as esbuild tells: `package/plugin.ts:2:7`. */
export type Places = ReadonlyMap<string, string>

/** The places of computed imports, and of modules of Node, whose warnings have their names as text. */
export function placesIn(warnings: readonly Warning[]): Places {
  const places = new Map<string, string>()
  for (const { id, location, text } of warnings) {
    const use = COMPUTED[id] ?? moduleName(text)
    if (!location || places.has(use)) continue
    places.set(use, `${location.file}:${location.line}:${location.column + 1}`)
  }
  return places
}

/** Everything in a bundle that needs a permission: `node:fs`, `fetch`, an import that is computed. */
export function usesIn(
  imports: readonly Import[],
  probe: string,
  places: Places,
): readonly string[] {
  const modules = imports.filter(({ external }) => external).map(({ path }) => path)
  const globals = Object.keys(GLOBALS).filter((name) => {
    return new RegExp(`\\b${markerOf(name)}\\b`).test(probe)
  })
  const forms = [...places.keys(), ...formsIn(probe)]
  const uses = [...modules.map(moduleName), ...globals, ...forms]
  return [...new Set(uses.filter((use) => neededBy(use) !== undefined))].sort()
}

function formsIn(probe: string): string[] {
  const makesCode = new RegExp(`\\b${markerOf('Function')}\\(`).test(probe)
  const process = [...probe.matchAll(new RegExp(`(typeof )?\\b${markerOf('process')}\\b`, 'g'))]
  const escapes = process.some(({ 0: whole, 1: asked, index }) => {
    return asked === undefined && !HARMLESS_PROCESS.test(probe.slice(index + whole.length))
  })
  return [...(makesCode ? ['Function(…)'] : []), ...(escapes ? ['process'] : [])]
}

/** What a use needs and the permissions do not give, as sentences with their mend. */
export function undeclaredUses(
  uses: readonly string[],
  permissions: Permissions,
  places: Places = new Map(),
): string[] {
  return uses.flatMap((use) => {
    const need = neededBy(use)
    // Whoever may start programs may do everything.
    if (need === undefined || permissions.native || permissions[need]) return []
    const value = need === 'native' ? 'true' : '[…]'
    const place = places.get(use)
    const where = place === undefined ? '' : ` (${place})`
    return [
      `lacks "${need}", which "${use}" needs${where}; declare "${need}": ${value}, or do without it`,
    ]
  })
}

function moduleName(path: string): string {
  return path.startsWith('node:') || !isBuiltin(path) ? path : `node:${path}`
}

/** The permission a use needs; undefined where it needs none. */
export function neededBy(use: string): Need | undefined {
  if (Object.hasOwn(GLOBALS, use)) return GLOBALS[use]
  if (Object.hasOwn(FORMS, use)) return FORMS[use]
  const name = use.replace(/^node:/, '')
  return HARMLESS.has(name) ? undefined : (NEEDS[name] ?? 'native')
}

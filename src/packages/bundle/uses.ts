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

const markerOf = (name: string): string => `__gateway_uses_${name.replace('.', '_')}`

/** What esbuild writes in the place of each global, also of those behind `globalThis`. */
export const MARKERS: Readonly<Record<string, string>> = Object.fromEntries(
  Object.keys(GLOBALS).flatMap((name) => [
    [name, markerOf(name)],
    [`globalThis.${name}`, markerOf(name)],
  ]),
)

/** What a bundle imports from outside of itself, as esbuild tells. */
interface Import {
  readonly path: string
  readonly external?: boolean
}

/** Everything in a bundle that needs a permission: `node:fs`, `fetch`. */
export function usesIn(imports: readonly Import[], probe: string): readonly string[] {
  const modules = imports.filter(({ external }) => external).map(({ path }) => path)
  const globals = Object.keys(GLOBALS).filter((name) => {
    return new RegExp(`\\b${markerOf(name)}\\b`).test(probe)
  })
  const uses = [...modules.map(moduleName), ...globals].filter((use) => needOf(use) !== undefined)
  return [...new Set(uses)].sort()
}

/** What a use needs and the permissions do not give, as sentences with their mend. */
export function undeclaredUses(uses: readonly string[], permissions: Permissions): string[] {
  return uses.flatMap((use) => {
    const need = needOf(use)
    // Whoever may start programs may do everything.
    if (need === undefined || permissions.native || permissions[need]) return []
    const value = need === 'native' ? 'true' : '[…]'
    return [`lacks "${need}", which "${use}" needs; declare "${need}": ${value}, or do without it`]
  })
}

function moduleName(path: string): string {
  return path.startsWith('node:') || !isBuiltin(path) ? path : `node:${path}`
}

function needOf(use: string): Need | undefined {
  if (Object.hasOwn(GLOBALS, use)) return GLOBALS[use]
  const name = use.replace(/^node:/, '')
  return HARMLESS.has(name) ? undefined : (NEEDS[name] ?? 'native')
}

import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The specifiers plugins import, and the kernel file behind each, without its extension. */
const ENTRIES: Readonly<Record<string, string>> = {
  'gateway/plugin': '../plugin',
  'gateway/testing': '../testing/index',
}

/** The symbol under which bundles of installed packages find `gateway/plugin` in the global object. */
export const API_SYMBOL = 'gateway/plugin'

/** `.ts` where this program runs from its sources, else `.js`. */
const EXTENSION = extname(fileURLToPath(import.meta.url))

/**
 * The URL a plugin's `gateway/plugin` stands for: this program's own module, so that a plugin
 * outside the package and the built-in ones share one instance.
 */
export function pluginApiUrl(specifier: string): string | undefined {
  const entry = ENTRIES[specifier]
  return entry && new URL(entry + EXTENSION, import.meta.url).href
}

/** The URL of a built-in plugin: its bundle beside the built kernel, or its sources. */
export function builtInUrl(name: string): string {
  return new URL(`../plugins/${name}/index${EXTENSION}`, import.meta.url).href
}

/** Makes `gateway/plugin` known to bundles that were made for any gateway. */
export async function provideApi(): Promise<void> {
  const symbol = Symbol.for(API_SYMBOL)
  if (symbol in globalThis) return
  const api: unknown = await import(pluginApiUrl(API_SYMBOL) ?? API_SYMBOL)
  Object.defineProperty(globalThis, symbol, { value: api })
}

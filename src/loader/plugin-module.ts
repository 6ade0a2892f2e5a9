import { createHash } from 'node:crypto'
import type { BuildFailure, BuildOptions } from 'esbuild'

/** How esbuild makes one module of a plugin, wherever it comes from. */
export const MODULE_OPTIONS = {
  bundle: true,
  write: false,
  metafile: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  sourcemap: 'inline',
  sourcesContent: false,
  logLevel: 'silent',
  tsconfigRaw: {},
  // Files beside the plugin are found although its bundle lies elsewhere; a banner says where.
  define: {
    'import.meta.url': '__pluginUrl',
    'import.meta.dirname': '__pluginFolder',
    'import.meta.filename': '__pluginFile',
  },
} as const satisfies BuildOptions

/** What is wrong with the sources, as code frames; what is no failure of a build is thrown again. */
export async function framesOf(
  error: unknown,
  { formatMessages }: Pick<typeof import('esbuild'), 'formatMessages'>,
): Promise<string[]> {
  const { errors } = error as Partial<BuildFailure>
  if (!errors) throw error
  const frames = await formatMessages(errors, { kind: 'error', color: false, terminalWidth: 100 })
  return frames.map((each) => each.trim())
}

/** `sha256-…` of a bundle, as a lock keeps it. */
export function hashBundle(code: Uint8Array): string {
  return `sha256-${createHash('sha256').update(code).digest('base64')}`
}

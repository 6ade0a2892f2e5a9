/** One plugin that a `plugins` directive names. */
export interface PluginUse {
  /** A file, or the name of an installed one. */
  readonly what: string
  /** As written, where it is. */
  readonly isolation: string | undefined
}

/**
 * Reads the arguments of `plugins`: files and names, or `use=NAME isolation=WORD`, which is what
 * `{ use: NAME, isolation: WORD }` comes to.
 */
export function readUses(args: readonly string[]): PluginUse[] {
  const use = parameter(args, 'use')
  if (use === undefined) return args.map((what) => ({ what, isolation: undefined }))
  return [{ what: use, isolation: parameter(args, 'isolation') }]
}

/** Whether a text names a file, there or not: installed plugins have neither ending nor folder. */
export function isPluginFile(what: string): boolean {
  return /\.[cm]?[jt]s$/.test(what) || (what.includes('/') && !what.startsWith('@'))
}

function parameter(args: readonly string[], key: string): string | undefined {
  const found = args.find((each) => each.startsWith(`${key}=`))
  return found?.slice(key.length + 1)
}

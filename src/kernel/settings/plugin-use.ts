import { directive } from '../directive/readers.ts'

/** Where the code of a plugin runs: in the gateway's own process, or apart from it. */
export type Isolation = 'native' | 'sandbox'

/** A plugin file that the configuration names. */
export interface PluginFile {
  /** Absolute. */
  readonly path: string
  readonly isolation: Isolation
}

/** One plugin that a `plugins` directive names. */
export interface PluginUse {
  /** A file, or the name of an installed one. */
  readonly what: string
  /** As written, where it is. */
  readonly isolation: Isolation | undefined
}

const ISOLATIONS: Readonly<Record<string, Isolation>> = { native: 'native', sandbox: 'sandbox' }

/** `plugins`: files and names, and how the plugins of a line run. */
export const pluginsDirective = directive<readonly string[]>({
  in: ['main'],
  default: [],
  doc: 'Plugins to load: files, relative to this one, or the names of installed ones, which come in this order then, and are loaded though none of their words is written. With isolation=sandbox those of this line run in the sandbox of scripts, as far as they can: for plugins that are not trusted. { use: ./file.ts, isolation: sandbox } is one of them with its own.',
  usage: 'file | name ... | use=file|name [isolation=native|sandbox]',
  min: 1,
  max: 1024,
  repeat: true,
  read: (entry, before = []) => {
    const uses = readUses(entry.args)
    if (typeof uses === 'string') return entry.fail(uses)
    const paths = uses.map(({ what }) => (isPluginFile(what) ? entry.path(what, 'file') : what))
    return [...before, ...paths]
  },
})

/**
 * Reads the arguments of `plugins`: files and names, `use=NAME` (which is what `{ use: NAME }` comes
 * to), and `isolation=WORD` for all of them. A text is what is wrong.
 */
export function readUses(args: readonly string[]): readonly PluginUse[] | string {
  const options = args.filter((arg) => arg.startsWith('isolation='))
  const [option, second] = options
  const isolation = option === undefined ? undefined : ISOLATIONS[option.slice(ISOLATION)]
  if ((option !== undefined && !isolation) || second !== undefined) {
    return `"${second ?? option}" is neither isolation=native nor isolation=sandbox`
  }
  const named = args.filter((arg) => !options.includes(arg)).map((arg) => arg.replace(/^use=/, ''))
  if (named.length === 0) return 'names no plugin'
  const unknown = named.find((what) => what.includes('=') && !isPluginFile(what))
  if (unknown !== undefined) return `"${unknown}" is neither use=… nor isolation=…`
  return named.map((what) => ({ what, isolation }))
}

const ISOLATION = 'isolation='.length

/** Whether a text names a file, there or not: installed plugins have neither ending nor folder. */
export function isPluginFile(what: string): boolean {
  return /\.[cm]?[jt]s$/.test(what) || (what.includes('/') && !what.startsWith('@'))
}

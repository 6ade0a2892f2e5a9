import { directive } from '../directive/readers.ts'

/** Where the code of a plugin runs: in the gateway's own process, or apart from it. */
export type Isolation = 'native' | 'sandbox'

/** A plugin file that the configuration names. */
export interface PluginFile {
  /** Absolute. */
  readonly path: string
  readonly isolation: Isolation
}

const ISOLATIONS: Readonly<Record<string, Isolation>> = {
  'isolation=native': 'native',
  'isolation=sandbox': 'sandbox',
}

/** `plugins`: files, and how the plugins in them run. */
export const pluginsDirective = directive<readonly PluginFile[]>({
  in: ['main'],
  default: [],
  doc: 'Plugin files to load, relative to this file. With isolation=sandbox those of this line run in the sandbox of scripts, as far as they can: for plugins that are not trusted.',
  usage: 'file ... [isolation=native|sandbox]',
  min: 1,
  max: 1024,
  repeat: true,
  read: (entry, before = []) => {
    const found = filesOf(entry.args)
    if (typeof found === 'string') return entry.fail(found)
    return [...before, ...found.map((file) => ({ ...file, path: entry.path(file.path, 'file') }))]
  },
})

/** The files that arguments of `plugins` name, as they are written; a text is what is wrong. */
export function filesOf(args: readonly string[]): readonly PluginFile[] | string {
  const options = args.filter((arg) => arg.startsWith('isolation='))
  const files = args.filter((arg) => !options.includes(arg))
  const [option = 'isolation=native', second] = options
  const isolation = ISOLATIONS[option]
  if (!isolation || second !== undefined) {
    return `"${second ?? option}" is neither isolation=native nor isolation=sandbox`
  }
  if (files.length === 0) return 'names no file'
  return files.map((path) => ({ path, isolation }))
}

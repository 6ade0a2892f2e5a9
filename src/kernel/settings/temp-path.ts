import type { Directive, Scope } from '../directive/directive.ts'
import { directive } from '../directive/readers.ts'

/** Folders may lie so deep, by so many digits each (nginx's limits). */
const LEVELS = 3
const DIGITS = 3

/** Where temporary files go, and how many digits of their names each level of folders has. */
export interface TempPath {
  /** Relative to the prefix where it is a default. */
  readonly path: string
  readonly levels: readonly number[]
}

/** A directive that names a folder for temporary files. */
export function tempPath(options: {
  in: readonly Scope[]
  default: string
  doc: string
}): Directive<TempPath> {
  return directive<TempPath>({
    in: options.in,
    default: { path: options.default, levels: [] },
    doc: options.doc,
    usage: 'path [level1 [level2 [level3]]]',
    min: 1,
    max: 1 + LEVELS,
    kind: 'path',
    read: (entry) => {
      const [path = '', ...levels] = entry.args
      const wrong = levels.find((level) => !/^\d$/.test(level) || +level < 1 || +level > DIGITS)
      if (wrong !== undefined) entry.fail(`"${wrong}" is no level`, `levels are 1 to ${DIGITS}`)
      return { path: entry.path(path, 'prefix'), levels: levels.map(Number) }
    },
  })
}

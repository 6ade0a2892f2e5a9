import type { Entry } from '../directive/directive.ts'
import { directive } from '../directive/readers.ts'
import { prefixOf } from '../route/location-pattern.ts'
import { constant, type Template } from '../variable/template.ts'

/** What the URI is appended to; with `replaces`, what stands in its place (`alias`). */
export interface Root extends Template {
  /** The beginning of the URI, a location's prefix, that it replaces; `uri` is all of it. */
  readonly replaces?: { readonly prefix: string } | 'uri'
}

/** `root` and `alias` are one in what they say: where files are. */
const sequence = Symbol('root')

const options = {
  usage: 'path',
  min: 1,
  max: 1,
  kind: 'path',
  sequence,
} as const

export const rootDirectives = {
  root: directive<Root>({
    ...options,
    in: ['http', 'server', 'location', 'if'],
    default: constant('html'),
    doc: 'The folder files are served from; the URI is appended to it. Relative to the prefix.',
    read: (entry) => entry.template(entry.path(entry.args[0] ?? '', 'prefix')),
  }),
  alias: directive<Root | undefined>({
    ...options,
    in: ['location'],
    default: undefined,
    doc: 'The folder or file that stands in the place of the location’s prefix, or of the whole URI where the location is a regular expression. A URI that would leave the folder is not found. Relative to the prefix.',
    read: readAlias,
  }),
}

function readAlias(entry: Entry): Root {
  const within = entry.within ?? []
  if (within[0]?.startsWith('@')) entry.fail('cannot be used inside the named location')
  const prefix = prefixOf(within)
  const path = entry.template(entry.path(entry.args[0] ?? '', 'prefix'))
  return { ...path, replaces: prefix === undefined ? 'uri' : { prefix } }
}

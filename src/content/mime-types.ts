import type { Directive } from '../kernel/directive/directive.ts'
import { directive, type Options } from '../kernel/directive/readers.ts'
import type { Head } from '../wire/head.ts'

/** MIME types in lower case; `*` is every type, and none. */
export type MimeTypes = ReadonlySet<string>

/**
 * For which types of responses a filter is. The first of `initial` is always among them, the others
 * only where no types are written (as in nginx).
 */
export function mimeTypes(
  initial: readonly [string, ...string[]],
  options: Omit<Options<MimeTypes>, 'default'>,
): Directive<MimeTypes> {
  const [always] = initial
  return directive<MimeTypes>({
    ...options,
    default: new Set(initial),
    usage: 'mime-type ...',
    min: 1,
    max: 1024,
    repeat: true,
    read: (entry, before = new Set([always])) => {
      return new Set([...before, ...entry.args.map((word) => word.toLowerCase())])
    },
  })
}

/** Whether the body behind this head is of one of the types; parameters do not count. */
export function isOfType({ type }: Head, types: MimeTypes): boolean {
  if (types.has('*')) return true
  if (type === undefined) return false
  if (types.has(type)) return true
  const end = type.indexOf(';')
  return types.has((end < 0 ? type : type.slice(0, end)).trim().toLowerCase())
}

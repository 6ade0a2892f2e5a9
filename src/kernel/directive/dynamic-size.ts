import type { Exchange } from '../exchange/exchange.ts'
import type { Directive, Scope } from './directive.ts'
import { directive, parseSize, readSize } from './readers.ts'

/** A size in bytes that may be another for each request. */
export type DynamicSize = (x: Exchange) => number

/** A size that may hold variables; undefined for 0. As in nginx, what then is no size counts as 0. */
export function dynamicSize(options: {
  in: readonly Scope[]
  doc: string
}): Directive<DynamicSize | undefined> {
  return directive<DynamicSize | undefined>({
    ...options,
    default: undefined,
    usage: 'size',
    min: 1,
    max: 1,
    kind: 'template',
    read: (entry) => {
      const template = entry.template(entry.args[0] ?? '')
      if (template.constant === undefined) return (x) => sizeOf(x, template.render(x))
      const size = readSize(entry, template.constant)
      return size === 0 ? undefined : () => size
    },
  })
}

function sizeOf(x: Exchange, text: string): number {
  const size = text === '' ? 0 : parseSize(text)
  if (size === undefined) x.log('error', `invalid size "${text}"`)
  return size ?? 0
}

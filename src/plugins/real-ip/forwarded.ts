import { canonical } from './address.ts'

/** Where a request came from, as a proxy tells. */
export interface Origin {
  readonly address: string
  /** 0 where the proxy did not tell it. */
  readonly port: number
}

/** Whom to believe what the field says. */
export interface Trust {
  readonly isProxy: (address: string) => boolean
  /** Beyond the last address of the field, as long as proxies are named. */
  readonly recursive: boolean
}

/**
 * The client that proxies forwarded for, from the values of a field: their last address where
 * `address` is a trusted proxy's; with `recursive` the last one that is no proxy. Undefined where
 * nobody is to be believed, or what is said is no address.
 */
export function forwarded(
  address: string,
  values: readonly string[],
  { isProxy, recursive }: Trust,
): Origin | undefined {
  let origin: Origin | undefined
  for (let i = values.length - 1; i >= 0; i--) {
    const value = values[i] ?? ''
    for (let end = value.length; end >= 0; ) {
      if (!isProxy(origin?.address ?? address)) return origin
      end = skipBack(value, end, 'separators')
      const start = skipBack(value, end, 'words')
      const next = parseOrigin(value.slice(start, end))
      if (!next || !recursive) return next ?? origin
      origin = next
      end = start - 1
    }
  }
  return origin
}

/** Index behind the last character before `end` that is not skipped. */
function skipBack(value: string, end: number, skipped: 'separators' | 'words'): number {
  let at = end
  while (at > 0 && isSeparator(value, at - 1) === (skipped === 'separators')) at--
  return at
}

/** As in nginx, nothing is separated by what a field begins with. */
function isSeparator(value: string, index: number): boolean {
  return index > 0 && (value[index] === ' ' || value[index] === ',')
}

/** An address, with a port or without: `10.0.0.1:80`, `[::1]:80`. */
function parseOrigin(text: string): Origin | undefined {
  const plain = canonical(text)
  if (plain !== undefined) return { address: plain, port: 0 }
  const [, six, four = '', digits] = /^(?:\[([^\]]*)\]|([^:]*)):(\d{1,5})$/.exec(text) ?? []
  const port = Number(digits)
  const address = port >= 1 && port <= 65_535 ? canonical(six ?? four) : undefined
  return address === undefined ? undefined : { address, port }
}

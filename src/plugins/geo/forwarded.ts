import { parseAddress, unmapped, type Words } from './address.ts'

/** Whom to believe what X-Forwarded-For says. */
export interface Trust {
  readonly isProxy: (words: Words) => boolean
  /** Beyond the last address of the field, as long as proxies are named. */
  readonly recursive: boolean
}

/**
 * The client that proxies forwarded for, from the values of X-Forwarded-For: their last address
 * where the connection is a trusted proxy's; with `recursive` the last one that is no proxy.
 */
export function forwarded(words: Words, fields: readonly string[], trust: Trust): Words {
  let client = words
  for (let i = fields.length - 1; i >= 0; i--) {
    const field = fields[i] ?? ''
    for (let end = field.length; end >= 0; ) {
      if (!trust.isProxy(unmapped(client))) return client
      end = skipBack(field, end, true)
      const start = skipBack(field, end, false)
      const next = parseWithPort(field.slice(start, end))
      if (!next) return client
      client = next
      if (!trust.recursive) return client
      end = start - 1
    }
  }
  return client
}

/** Index behind the last character before `end` that is no separator, or that is one. */
function skipBack(field: string, end: number, separators: boolean): number {
  let at = end
  while (at > 0 && isSeparator(field, at - 1) === separators) at--
  return at
}

/** As in nginx, nothing is separated by what a field begins with. */
function isSeparator(field: string, index: number): boolean {
  return index > 0 && (field[index] === ' ' || field[index] === ',')
}

/** An address, with a port or without: `10.0.0.1:80`, `[::1]:80`. */
function parseWithPort(text: string): Words | undefined {
  const plain = parseAddress(text)
  if (plain) return plain
  const [, six, four, port] = /^(?:\[([^\]]*)\]|([^:]*)):(\d{1,5})$/.exec(text) ?? []
  const number = Number(port)
  return number >= 1 && number <= 65_535 ? parseAddress(six ?? four ?? '') : undefined
}

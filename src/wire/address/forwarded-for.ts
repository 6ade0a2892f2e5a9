/** Whom to believe what a field of addresses says. */
export interface Trust<T> {
  readonly isProxy: (client: T) => boolean
  /** Beyond the last address of the field, as long as proxies are named. */
  readonly recursive: boolean
}

/**
 * The client that proxies forwarded for, from the values of X-Forwarded-For or its like: their last
 * address where the connection is a trusted proxy's; with `recursive` the last one that is no proxy.
 * Where nobody is to be believed, or what is said is no address, it is the one the connection is of.
 * `read` makes it of an address and its port (0: not told); undefined for what is no address.
 */
export function forwardedFor<T>(
  connected: T,
  values: readonly string[],
  { isProxy, recursive }: Trust<T>,
  read: (address: string, port: number) => T | undefined,
): T {
  let client = connected
  for (let i = values.length - 1; i >= 0; i--) {
    const value = values[i] ?? ''
    for (let end = value.length; end >= 0; ) {
      if (!isProxy(client)) return client
      end = skipBack(value, end, 'separators')
      const start = skipBack(value, end, 'words')
      const next = readWithPort(value.slice(start, end), read)
      if (next === undefined || !recursive) return next ?? client
      client = next
      end = start - 1
    }
  }
  return client
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
function readWithPort<T>(
  text: string,
  read: (address: string, port: number) => T | undefined,
): T | undefined {
  const plain = read(text, 0)
  if (plain !== undefined) return plain
  const [, six, four = '', digits] = /^(?:\[([^\]]*)\]|([^:]*)):(\d{1,5})$/.exec(text) ?? []
  const port = Number(digits)
  return port >= 1 && port <= 65_535 ? read(six ?? four, port) : undefined
}
